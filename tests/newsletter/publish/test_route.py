"""Published files are given out as what they are, may be kept for ever, and nothing runs in them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from sqlalchemy import Engine

from newsletter.publish import kinds, name_for, shelf
from tests.enclosures import PDF, WORD, photograph
from tests.public_pages import Pages, serving


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "published"


@pytest.fixture
def pages(engine: Engine, folder: Path) -> Iterator[Pages]:
    with serving(engine, published=folder) as running_pages:
        yield running_pages


def published(folder: Path, name: str, content: bytes) -> str:
    stem, suffix = name.split(".")
    (path,) = shelf.put(folder, [(f"{name_for(stem, content)}.{suffix}", content)])
    return path.name


@pytest.mark.parametrize(
    ("name", "content", "media_type", "disposition"),
    [
        ("letter.pdf", PDF, "application/pdf", "inline"),
        ("letter.docx", WORD, f"{kinds._OFFICE}wordprocessingml.document", "attachment"),
        ("notes.txt", b"<script>alert(1)</script>", "text/plain; charset=utf-8", "inline"),
        ("people.csv", b"a,b", "text/csv; charset=utf-8", "attachment"),
        ("us.jpg", photograph(40, 30), "image/jpeg", "inline"),
        ("us.png", photograph(40, 30, "PNG"), "image/png", "inline"),
    ],
)
def test_a_file_is_given_out_as_what_it_is_and_may_be_kept(
    pages: Pages, folder: Path, name: str, content: bytes, media_type: str, disposition: str
) -> None:
    written = published(folder, name, content)
    answer = pages.client.get(f"{pages.url}/f/{written}")
    assert (answer.status_code, answer.content) == (200, content)
    assert answer.headers["content-type"] == media_type
    assert answer.headers["content-disposition"] == f'{disposition}; filename="{written}"'
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert answer.headers["x-robots-tag"] == "noindex, nofollow"


def test_a_part_may_be_asked_for_and_whether_it_changed(pages: Pages, folder: Path) -> None:
    address = f"{pages.url}/f/{published(folder, 'letter.pdf', PDF)}"
    head = pages.client.head(address)
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", str(len(PDF)))
    part = pages.client.get(address, headers={"Range": "bytes=0-7"})
    assert (part.status_code, part.content) == (206, PDF[:8])
    assert pages.client.get(address, headers={"Range": f"bytes={len(PDF)}-"}).status_code == 416
    assert pages.client.post(address).status_code == 405


def test_a_picture_is_seen_on_a_page_of_somebody_else(pages: Pages, folder: Path, browser: Browser) -> None:
    address = f"{pages.url}/f/{published(folder, 'us.jpg', photograph(40, 30))}"
    page = browser.new_page()
    page.set_content(f'<img src="{address}" alt="us">')
    page.wait_for_function("document.images[0].complete")
    assert page.evaluate("document.images[0].naturalWidth") == 40
    page.close()


def test_words_that_look_like_a_page_run_nothing(pages: Pages, folder: Path, browser: Browser) -> None:
    address = f"{pages.url}/f/{published(folder, 'notes.txt', b'<script>document.title=1</script>')}"
    page = browser.new_page()
    page.goto(address)
    assert page.title() == ""
    assert "<script>" in page.inner_text("body")
    page.close()
