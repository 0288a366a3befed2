"""Which entry or post is meant. In: a number, or words of a title. Out: that entry of a feed, or post of an export."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from newsletter.errors import SourceError

Thing = TypeVar("Thing")
_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Choice:
    """A number, counted from 1 for the newest, or words of the title."""

    number: int = 0
    title: str = ""

    @property
    def is_open(self) -> bool:
        """Say whether neither a number nor words were given."""
        return not self.number and not self.title

    def among(self, things: Sequence[Thing], title_of: Callable[[Thing], str], source: str) -> Thing:
        """Choose one of `things`, which are sorted newest first. Raises SourceError, listing them."""
        titles = [title_of(thing) for thing in things]
        if self.title:
            return things[self._by_title(titles, source)]
        if self.number > len(things) or self.number < 0:
            raise SourceError(source=source, why=f"has no entry {self.number}; it has {listed(titles)}")
        return things[max(self.number, 1) - 1]

    def _by_title(self, titles: list[str], source: str) -> int:
        wanted = self.title.casefold()
        exact = [at for at, title in enumerate(titles) if title.casefold() == wanted]
        found = exact or [at for at, title in enumerate(titles) if wanted in title.casefold()]
        if not found:
            raise SourceError(
                source=source, why=f"has no entry with “{self.title}” in its title; it has {listed(titles)}"
            )
        if len(found) > 1 and not exact:
            some = listed([titles[at] for at in found])
            raise SourceError(source=source, why=f"has {len(found)} entries with “{self.title}” in their title: {some}")
        return found[0]


def listed(titles: list[str]) -> str:
    """Write titles in one line, each with its number."""
    shown = [f"{number}. {title or 'without a title'}" for number, title in enumerate(titles[:_SHOWN], start=1)]
    more = len(titles) - _SHOWN
    return "; ".join(shown) + (f"; and {more} more" if more > 0 else "")
