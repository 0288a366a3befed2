"""Pictures of a source: each is kept, stays where it is, or is named; none goes without a word."""

import base64
from collections.abc import Callable
from pathlib import Path

import pytest

from newsletter.sources import Draft, read_source
from newsletter.sources import acquire as acquiring
from newsletter.sources.acquire import acquire, with_pictures
from newsletter.sources.draft import Enclosure, Need
from newsletter.sources.fetch import Fetched
from newsletter.sources.pictures import MOST_BYTES, MOST_PICTURES

_PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def fetched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Answer every fetch with a picture, and list what was fetched."""
    asked: list[str] = []

    def answer(url: str, _: object) -> Fetched:
        asked.append(url)
        return Fetched(url, _PNG, "image/png")

    monkeypatch.setattr(acquiring, "fetch", answer)
    return asked


def _pictures(needs: tuple[Need, ...]) -> list[str]:
    return [need.words for need in needs if need.what in ("picture", "pictures")]


def test_pictures_beyond_the_limit_are_counted_in_one_need(fetched: list[str]) -> None:
    body = "\n\n".join(f"![Pond](/{number}.png)" for number in range(MOST_PICTURES + 7))
    draft = with_pictures(Draft("web page", "Pond", body, base_url="https://pond.example.org/"))
    assert len(fetched) == len(draft.enclosures) == MOST_PICTURES
    assert _pictures(draft.needs) == [f"7 more than the {MOST_PICTURES} that a post keeps"]
    assert "](/66.png)" in draft.body


def test_a_picture_that_came_along_is_not_fetched_and_one_without_words_is(fetched: list[str]) -> None:
    draft = Draft(
        "web page",
        "Pond",
        '![a](inside.png)\n\n<img src="https://pond.example.org/b.png?c=1&amp;d=2">\n',
        base_url="https://pond.example.org/",
        enclosures=(Enclosure("inside.png", _PNG),),
    )
    made = with_pictures(draft)
    assert fetched == ["https://pond.example.org/b.png?c=1&d=2"]
    assert made.body == '![a](inside.png)\n\n<img src="01-b.png">\n'


def test_pictures_beside_a_page_beyond_the_limit_are_counted(tmp_path: Path) -> None:
    for number in range(MOST_PICTURES + 3):
        (tmp_path / f"{number}.png").write_bytes(_PNG + bytes([number]))
    shown = "".join(f"<p><img alt=a src='{number}.png'></p>" for number in range(MOST_PICTURES + 3))
    page = tmp_path / "page.html"
    page.write_text(f"<!doctype html><article><p>The pond is clean.</p>{shown}<img alt=b src='0.png'></article>")
    draft = read_source(acquire(str(page)))
    assert len(draft.enclosures) == MOST_PICTURES
    assert _pictures(draft.needs) == [f"3 more than the {MOST_PICTURES} that a post keeps"]


@pytest.mark.parametrize(
    ("address", "suffix"),
    [
        ("data:image/PNG;base64,{}", "png"),
        ("data:application/octet-stream;base64,{}", "png"),
        ("data:;base64,{}", "png"),
        ("data:image/png;name=a.png;base64,{}", "png"),
        ("DATA:image/jpeg;base64,{}", "png"),
    ],
)
def test_a_picture_is_told_by_its_first_bytes(add: Callable[..., Draft], address: str, suffix: str) -> None:
    data = base64.b64encode(_PNG + b"\xfb\xff1").decode().rstrip("=")
    draft = add(f'<p>Words</p><img alt="a" src="{address.format(data.replace("+", "%2B").replace("/", "%2F"))}">')
    (enclosure,) = draft.enclosures
    assert enclosure.content == _PNG + b"\xfb\xff1"
    assert enclosure.name.endswith(f".{suffix}")


def test_a_picture_that_no_mail_shows_is_named_and_its_place_keeper_is_not(add: Callable[..., Draft]) -> None:
    def drawing(inner: str, alt: str = "") -> str:
        svg = base64.b64encode(f"<svg xmlns='http://www.w3.org/2000/svg'>{inner}</svg>".encode()).decode()
        return f'<p>Words <img alt="{alt}" src="data:image/svg+xml;base64,{svg}"></p>'

    draft = add(drawing("<path d='M0 0'/>", "Map of the pond") + drawing("<circle r='3'/>") + drawing(""))
    assert _pictures(draft.needs) == ["Map of the pond and 1 more"]
    assert draft.enclosures == ()
    assert _pictures(add(drawing("")).needs) == []


def test_a_picture_that_is_too_large_is_named_and_one_that_a_post_may_carry_is_kept(
    add: Callable[..., Draft], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert MOST_BYTES == 25_000_000, "as many as a file beside a post may have"
    monkeypatch.setattr("newsletter.sources.pictures.MOST_BYTES", 100)
    data = [base64.b64encode(_PNG + b"x" * more).decode() for more in (92, 93)]
    draft = add(
        "".join(f'<p>Words <img alt="a{at}" src="data:image/png;base64,{each}"></p>' for at, each in enumerate(data))
    )
    assert len(draft.enclosures) == 1
    assert _pictures(draft.needs) == ["a1"]
    assert draft.body.startswith("Words ![a0](picture-")
