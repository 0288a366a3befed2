"""Quoted-printable in pieces: joined in any order, decoded to exactly what went in."""

import quopri

from hypothesis import example, given
from hypothesis import strategies as st

from newsletter.message.quoted_printable import encode, encode_piece

prose = st.text(st.characters(exclude_characters="\r", exclude_categories=["Cs"]), max_size=400)
anything = st.text(max_size=400, alphabet=st.characters(exclude_categories=["Cs"]))


def check_lines(encoded: bytes) -> None:
    for line in encoded.split(b"\r\n"):
        assert len(line) <= 76, line
        assert line.isascii()
        assert not line.startswith((b".", b"From "))
        assert b"\n" not in line
        assert b"\r" not in line


def decode(encoded: bytes) -> str:
    return quopri.decodestring(encoded).decode()


@given(prose)
def test_what_everybody_gets_comes_back_with_crlf(text: str) -> None:
    encoded = encode(text)
    check_lines(encoded)
    assert decode(encoded) == text.replace("\n", "\r\n")


@example([("", "0" * 13 + "=" + "\x1f" * 7 + "\x80" * 17 + "\U00010000" * 7 + "0")], "")
@given(st.lists(st.tuples(prose, anything), max_size=5), prose)
def test_pieces_filled_in_anywhere_leave_their_surroundings_unharmed(pairs: list[tuple[str, str]], last: str) -> None:
    joined, expected = b"", ""
    for fixed, piece in pairs:
        joined += encode(fixed) + encode_piece(piece)
        expected += fixed.replace("\n", "\r\n") + piece
    joined, expected = joined + encode(last), expected + last.replace("\n", "\r\n")
    check_lines(joined)
    assert decode(joined) == expected


def test_lines_a_mail_store_would_change_are_protected() -> None:
    assert encode(".\n..\nFrom here on\n" + "." * 200).split(b"\r\n")[0] == b"=2E"
    check_lines(encode(".\n..\nFrom here on\n" + "." * 200 + "\nFrom " + "x" * 75))
