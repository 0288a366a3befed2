"""What a kind of source is: how it is recognised, how large it may be, how it is read. Each folder declares one."""

from collections.abc import Callable
from dataclasses import dataclass

from newsletter.sources.choice import Choice
from newsletter.sources.draft import Draft
from newsletter.sources.material import Material

MOST_BYTES = 5_000_000
MOST_BYTES_OF_A_BUNDLE = 50_000_000  # a Word document, a saved mail, a whole export

Sign = Callable[[Material], bool]


def never(_: Material) -> bool:
    """Recognise nothing."""
    return False


@dataclass(frozen=True, slots=True)
class SourceKind:
    """A kind of source. `certain` looks at headers and marks; `likely` is asked only if no kind is certain.

    `read` imports its reader only when it is called, because each reader brings a library of its own.
    """

    name: str
    read: Callable[[Material, Choice], Draft]
    certain: Sign = never
    likely: Sign = never
    most_bytes: int = MOST_BYTES
