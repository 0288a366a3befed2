"""The settings and the database of an organiser's folder: all that use cases about people need.

`workspace` is the same folder with its posts and its relay. It loads the compiler and the transport, and loading them
takes as long as importing ten thousand people.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from sqlalchemy import Engine

from newsletter.database.engine import open_database, require_current
from newsletter.settings import Settings, read_settings, unknown_settings

POSTS = "posts"
"""The folder of posts within an organiser's folder."""


@dataclass(frozen=True)
class ListFolder:
    """An organiser's folder: only the parts that concern the list. `tell` gets each note for the organiser."""

    folder: Path
    tell: Callable[[str], object] = field(default=lambda _: None, compare=False)

    @cached_property
    def settings(self) -> Settings:
        for name in unknown_settings(self.folder):
            self.tell(f"Note: {name} is not a setting of this program; is it misspelt?")
        settings = read_settings(self.folder)
        if settings.dkim_key_file:  # beside .env, wherever the program was started
            settings = replace(settings, dkim_key_file=str(self.folder / settings.dkim_key_file))
        return settings

    @cached_property
    def engine(self) -> Engine:
        """The database. Raises DatabaseError unless it exists and fits this version."""
        engine = open_database(self.settings.database_url, self.settings.durability, self.folder)
        require_current(engine)
        return engine

    def close(self) -> None:
        """Close the connections to the database, if one was opened; the next use case opens it again."""
        engine = self.__dict__.pop("engine", None)
        if engine is not None:
            engine.dispose()
