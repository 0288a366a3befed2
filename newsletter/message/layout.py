"""What is the same for all of an issue, encoded once, with the gaps between: a message is a join of these.

In: text with open gaps, then, for each recipient, the values of the gaps. Out: the octets of header and body.
It knows merge tags and quoted-printable, and neither people nor keys.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import chain, groupby
from typing import NamedTuple

from newsletter.merge import MergeTag, Piece, percent_encoded
from newsletter.message.quoted_printable import encode, encode_piece, plain_piece

Escape = Callable[[str], str]

TOKEN = MergeTag("token of a link")
"""The part of a link that is the recipient's own; its name has spaces, which no merge tag of a post can have. It is
safe in a URL: no escaping would change it."""


class _Gap(NamedTuple):
    """A merge tag, parsed, and the places where it stands, so that its value is encoded once."""

    name: str
    fallback: str
    escaped: Escape
    places: list[int]


class Layout:
    """A message; only its first stretch and its gaps differ from recipient to recipient."""

    def __init__(self, *stretches: bytes | tuple[Sequence[Piece], Escape]) -> None:
        """Take octets as they are, and pieces of text, each with the function that encodes the values of its gaps."""
        self._pieces: list[bytes] = [b""]
        self._tokens: list[int] = []
        """Where the token of the recipient's links stands."""
        gaps: dict[tuple[MergeTag, Escape], _Gap] = {}
        for piece, escaped in chain.from_iterable(map(_laid_out, stretches)):
            if piece is TOKEN:
                self._tokens.append(len(self._pieces))
                self._pieces.append(b"")
            elif isinstance(piece, MergeTag):
                gap = gaps.setdefault((piece, escaped), _Gap(piece.name, piece.fallback, _escape(piece, escaped), []))
                gap.places.append(len(self._pieces))
                self._pieces.append(b"")
            else:
                self._pieces.append(piece)
        self._gaps = tuple(gaps.values())

    def filled(self, first: bytes, values: Mapping[str, str], token: str) -> bytes:
        """Join `first` and everything after it, its gaps filled with `values` and `token`."""
        pieces = self._pieces.copy()
        pieces[0] = first
        filling = encode_piece(token)
        for place in self._tokens:
            pieces[place] = filling
        for name, fallback, escaped, places in self._gaps:
            value = values.get(name) or fallback
            filling = plain_piece(value) or encode_piece(escaped(value))
            for place in places:
                pieces[place] = filling
        return b"".join(pieces)


def _escape(tag: MergeTag, escaped: Escape) -> Escape:
    """Return the function that escapes a value for `tag`: within an address it is percent-encoded first."""
    return (lambda value: escaped(percent_encoded(value))) if tag.in_address else escaped


def _laid_out(stretch: bytes | tuple[Sequence[Piece], Escape]) -> list[tuple[bytes | MergeTag, Escape]]:
    if isinstance(stretch, bytes):
        return [(stretch, str)]
    pieces, escaped = stretch
    laid_out: list[tuple[bytes | MergeTag, Escape]] = []
    for is_gap, run in groupby(pieces, lambda piece: isinstance(piece, MergeTag)):
        if is_gap:
            laid_out += [(piece, escaped) for piece in run if isinstance(piece, MergeTag)]
        else:
            laid_out.append((encode("".join(map(str, run))), escaped))
    return laid_out
