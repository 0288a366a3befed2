"""The settings and the database of an organiser's folder: all that use cases about people need.

`workspace` is the same folder with its posts and its relay. It loads the compiler and the transport, and loading them
takes as long as importing ten thousand people.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from sqlalchemy import Engine

from newsletter.database.engine import open_database, require_current
from newsletter.settings import Settings, read_settings, unknown_settings


@dataclass(frozen=True)
class ListFolder:
    """An organiser's folder: only the parts that concern the list. `tell` gets each note for the organiser."""

    folder: Path
    tell: Callable[[str], object] = field(default=lambda _: None, compare=False)

    @cached_property
    def settings(self) -> Settings:
        for name in unknown_settings(self.folder):
            self.tell(f"Note: {name} is not a setting of this program; is it misspelt?")
        return read_settings(self.folder)

    @cached_property
    def engine(self) -> Engine:
        """The database. Raises DatabaseError unless it exists and fits this version."""
        engine = open_database(self.settings.database_url, self.settings.durability, self.folder)
        require_current(engine)
        return engine
