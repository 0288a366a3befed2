"""A signature without a mark is asked about as a whole; the end of an ordinary post is not."""

# ruff: noqa: E501  because ends of mails stand here as they come, in one line

from collections.abc import Callable

import pytest

from newsletter.sources import Draft
from newsletter.sources.signature import signature_of

_SIGNATURES = [
    (
        "Come on Sunday.\n\nKind regards\n\nAnn Rees\\\nProject Officer\\\nPond Trust\\\nT: 01970 123456\\\n[ann.rees@pond.example](mailto:ann.rees@pond.example)\n",
        "",
    ),
    (
        "Dewch ddydd Sul.\n\nCofion cynnes\n\n**Siân ap Gwilym**\n\nSwyddog Prosiect | Project Officer\n\nFfôn: 01970 123 456\n\nsian@pwll.test\n",
        "",
    ),
    (
        "Kommt am Sonntag.\n\nMit freundlichen Grüßen\n\nJörg Müller\\\nGeschäftsführer\\\nTeichfreunde e. V.\\\nTel.: 030 23125 001\\\njoerg.mueller@teich.test\n\n![Logo](logo.png)\n",
        "",
    ),
    ("Come.\n\nAnn Rees\\\nChair\\\n07700 900123\n", "Ann Rees"),
    ("Come.\n\nAnn Rees\\\nChair, Pond Trust\\\nann@pond.example\n", "Ann Rees"),
    (
        "Come.\n\n| | |\n| --- | --- |\n| ![logo](a.png) | **Ann Rees**<br>Clerk<br>01970 123456<br>ann@pond.example |\n",
        "Ann Rees",
    ),
]
_ENDS = [
    ("Come on Sunday.\n\nYours,\\\nAnn and the committee\n", "Ann Rees"),
    ("Come.\n\nAnn Rees\\\nBen Jones\\\nCarys Hughes\\\nPond Campaign committee\n", "Ann Rees"),
    ("Come.\n\nPond Campaign\\\nThe Old Hall, Pond Lane\\\n01970 123456\\\ninfo@pond.example\n", ""),
    ("Come.\n\nPond Campaign\\\nThe Old Hall, Pond Lane\\\n01970 123456\\\ninfo@pond.example\n", "Ann Rees"),
    ("Come.\n\n## Contact\n\nAnn Rees\\\n01970 123456\\\nann@pond.example\n", ""),
    ("Questions? Ask Ann Rees, ann@pond.example, or ring 01970 123456.\n", "Ann Rees"),
    ("Come.\n\nTo help, ask:\n\nAnn Rees\\\n01970 123456\\\nann@pond.example\n", "Ann Rees"),
    (
        "Ann Rees\n\nWe dug a very long hole in the middle of the pond and everybody came to see what we were doing there.\n\nIt was a good day for all of us, and the council has promised to come next time with more of their spades.\n\nRing 01970 123456.\n",
        "Ann Rees",
    ),
    ("Come.\n\nCofion,\\\nSiân\n", "Siân Gwilym"),
]


@pytest.mark.parametrize(("body", "sender"), _SIGNATURES)
def test_a_signature_is_asked_about_as_a_whole(body: str, sender: str) -> None:
    (need,) = signature_of(body, sender)
    assert need.what == "signature"
    assert any(name in need.words for name in ("Ann Rees", "Siân ap Gwilym", "Jörg Müller"))


@pytest.mark.parametrize(("body", "sender"), _ENDS)
def test_the_end_of_an_ordinary_post_is_not(body: str, sender: str) -> None:
    assert signature_of(body, sender) == ()


def test_it_stays_in_the_post_and_is_asked_about_however_the_mail_comes(add: Callable[..., Draft]) -> None:
    lines = ("Ann Rees", "Project Officer", "T: 01632 960 001", "ann.rees@pond.example")
    html = "".join(f"<p class=MsoNormal>{line}</p>" for line in lines)
    text = "We meet on Sunday at the pond.\n\nKind regards\n\n" + "\n".join(lines) + "\n"
    head = "From: Ann Rees <ann@pond.example>\nSubject: Pond\nMIME-Version: 1.0\nContent-Type: text/{}\n\n"
    page = f"<p class=MsoNormal>We meet on Sunday at the pond.</p>{html}"
    for source, name in (
        (head.format("plain") + text, "m.eml"),
        (head.format("html") + page, "m.eml"),
        (page, "paste"),
        (text, "paste"),
    ):
        draft = add(source, name)
        assert "Project Officer" in draft.body
        assert [need.words[:8] for need in draft.needs if need.what == "signature"] == ["Ann Rees"]
