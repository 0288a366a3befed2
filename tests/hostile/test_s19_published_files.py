"""S18, S19: a post publishes only files of its own folder, and the web address returns only published files.

The author of a post may not be trusted with the machine: a draft may come from anybody.
"""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from lxml.html import document_fromstring
from sqlalchemy import Engine

from newsletter.check import examine
from newsletter.compiler import CompiledEmail, Furniture, Severity, compile_post
from newsletter.post import read_post
from newsletter.publish import Beside, Published, shelf
from newsletter.theme import template_folders
from tests.enclosures import PDF, photograph
from tests.public_pages import Pages, http_client, serving

CANARY = b"%PDF-1.4 the words of a file nobody asked for"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A campaign's folder with secrets and a folder posts/ in it."""
    for place in ("posts", "published", "posts/deep"):
        (tmp_path / place).mkdir()
    for secret in (".env", "newsletter.pdf", "letter.pdf", "posts/.hidden.pdf", "posts/.git.pdf"):
        (tmp_path / secret).write_bytes(CANARY)
    (tmp_path / "picture.jpg").write_bytes(photograph(40, 30))
    return tmp_path


def compiled(folder: Path, body: str, front: str = "") -> CompiledEmail:
    file = folder / "posts" / "post.md"
    file.write_text(f"---\ntitle: Good news\n{front}---\nWords.\n\n{body}\n", encoding="utf-8")
    post = read_post(file)
    beside = Beside(file.parent, "https://news.example.org/f", "en", (folder / "published",))
    email = compile_post(post, Furniture("Us", "1 Example Street"), template_folders(None), (), beside)
    return replace(email, findings=examine(post, email))


OUTSIDE = [
    "../letter.pdf", "./../letter.pdf", "deep/../../letter.pdf", "%2e%2e/letter.pdf", "..%2fletter.pdf",
    "%2e%2e%2fletter.pdf", "..\\letter.pdf", "..%5cletter.pdf", "%2e%2e%5cletter.pdf", "deep\\..\\..\\letter.pdf",
    "..//letter.pdf", "....//letter.pdf", "/etc/passwd", "../../../../../../../../etc/passwd", "/letter.pdf",
    "%2fetc%2fpasswd", "C:%5cletter.pdf", "letter.pdf%00.png", "%00", ".hidden.pdf", ".git.pdf", "deep/./../../.env",
    "../.env", "%252e%252e%252fletter.pdf", "..;/letter.pdf", "/proc/self/environ", "~/letter.pdf", "a/" * 50 + "x.pdf",
    "x" * 5000 + ".pdf", "deep", ".", "..", "%E0%80%AE%E0%80%AE/letter.pdf", "\N{FULLWIDTH FULL STOP}./letter.pdf",
]  # fmt: skip


@pytest.mark.parametrize("how", ["[words]({})", "![words]({})", '<a href="{}">words</a>', '<img src="{}" alt="words">'])
def test_no_path_leads_out_of_the_folder_of_the_post(folder: Path, how: str) -> None:
    for path in OUTSIDE:
        email = compiled(folder, how.format(path))
        assert not email.published, path
        assert "news.example.org" not in email.html, path
        assert any(finding.severity is Severity.ERROR for finding in email.findings), path


@pytest.mark.parametrize("path", ["../picture.jpg", "..%2fpicture.jpg", "/etc/passwd"])
def test_nor_does_the_picture_at_the_top(folder: Path, path: str) -> None:
    assert not compiled(folder, "Words.", f'image: "{path}"\n').published


@pytest.mark.parametrize("scheme", ["file://", "file:", "FILE:///", "//localhost", "data:application/pdf;base64,"])
def test_no_scheme_reads_a_file(folder: Path, scheme: str) -> None:
    email = compiled(folder, f"[words]({scheme}{folder}/letter.pdf) ![us]({scheme}{folder}/picture.jpg)")
    assert not email.published
    addresses = [each.get("href") or each.get("src") or "" for each in document_fromstring(email.html).iter("a", "img")]
    assert not any(address.lower().startswith(("file:", "data:")) for address in addresses)


def test_no_link_leads_out_of_the_folder(folder: Path) -> None:
    posts = folder / "posts"
    (posts / "out.pdf").symlink_to(folder / "letter.pdf")
    (posts / "far.pdf").symlink_to("/etc/passwd")
    (posts / "up").symlink_to(folder)
    (posts / "real.pdf").write_bytes(PDF)
    (posts / "in.pdf").symlink_to(posts / "real.pdf")
    (posts / "loop.pdf").symlink_to(posts / "loop.pdf")
    for path in ("out.pdf", "far.pdf", "up/letter.pdf", "in.pdf", "loop.pdf"):
        email = compiled(folder, f"[words]({path}) ![us]({path})")
        assert not email.published
        assert any("only points to a file in another place" in finding.message for finding in email.findings), path


def test_a_pipe_or_a_socket_makes_nobody_wait(folder: Path) -> None:
    os.mkfifo(folder / "posts" / "pipe.pdf")
    email = compiled(folder, "[words](pipe.pdf) ![us](pipe.pdf)")
    assert not email.published
    assert any("“pipe.pdf” is not a file" in finding.message for finding in email.findings)


def test_a_file_without_end_is_not_read_whole(folder: Path) -> None:
    with (folder / "posts" / "huge.pdf").open("wb") as file:
        file.write(PDF)
        file.truncate(10_000_000_000)  # sparse: it takes no room
    email = compiled(folder, "[words](huge.pdf)")
    assert not email.published
    assert any("larger than 25 MB" in finding.message for finding in email.findings)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("page.html", b"<script>alert(1)</script>"),
        ("page.pdf", b"<html><script>alert(1)</script>"),
        ("page.txt.html", b"<script>alert(1)</script>"),
        ("page.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"),
        ("page.png", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"),
        ("page.jpg", b"<html><script>alert(1)</script>"),
        ("page.xml", b"<x:script xmlns:x='http://www.w3.org/1999/xhtml'>alert(1)</x:script>"),
        ("page.js", b"alert(1)"),
        ("page.swf", b"FWS"),
        ("page.jpg", b"GIF89a/*" + b"\0" * 20 + b"*/=1;alert(1)"),
    ],
)
def test_nothing_that_could_run_under_our_address_is_published(folder: Path, name: str, content: bytes) -> None:
    (folder / "posts" / name).write_bytes(content)
    email = compiled(folder, f"[words]({name}) ![us]({name})")
    assert not email.published
    assert "news.example.org" not in email.html


def test_a_picture_with_a_page_behind_it_is_published_without_the_page(folder: Path) -> None:
    for form in ("JPEG", "PNG", "GIF"):
        hidden = photograph(40, 30, form) + b"<script>alert(1)</script>"
        (folder / "posts" / "two-faced.jpg").write_bytes(hidden)
        (file,) = compiled(folder, "![us](two-faced.jpg)").published
        assert b"script" not in file.content


@pytest.mark.parametrize(
    "name",
    [
        "'\"><script>.pdf",
        "a b\tc.pdf",
        "\N{RIGHT-TO-LEFT OVERRIDE}fdp.pdf",
        "-rf.pdf",
        "aux.pdf",
        "\N{PILE OF POO}.pdf",
    ],
)
def test_a_hostile_name_becomes_a_harmless_one(folder: Path, name: str) -> None:
    (folder / "posts" / name).write_bytes(PDF)
    beside = Beside(folder / "posts", "https://news.example.org/f")
    file = beside.linked(quote(name))
    assert isinstance(file, Published)
    assert shelf.NAME.fullmatch(file.name)


@pytest.fixture
def pages(engine: Engine, folder: Path) -> Iterator[Pages]:
    (folder / "published" / "letter-0123456789ab.pdf").write_bytes(PDF)
    (folder / "published" / ".env").write_bytes(CANARY)
    (folder / "published" / "notes.pdf").write_bytes(CANARY)
    (folder / "published" / "page-0123456789ab.html").write_bytes(CANARY)
    (folder / "published" / "link-0123456789ab.pdf").symlink_to(folder / "letter.pdf")
    (folder / "published" / "deep-0123456789ab.pdf").mkdir()
    with serving(engine, published=folder / "published") as served:
        yield served


NAMES = [
    "../.env", "..%2f.env", "%2e%2e/.env", "%2e%2e%2f.env", "..%5c.env", "....//.env", "%252e%252e%252f.env", ".env",
    "../posts/post.md", "/etc/passwd", "%2fetc%2fpasswd", "letter-0123456789ab.pdf/../.env",
    "letter-0123456789ab.pdf%00",
    "letter-0123456789ab.pdf%0d%0aX-Evil:%201", "LETTER-0123456789AB.PDF", "letter-0123456789ab.pdf.", "notes.pdf", "",
    "page-0123456789ab.html", "link-0123456789ab.pdf", "deep-0123456789ab.pdf", "letter-0123456789ab.pdf/",
    "letter-0123456789ab", "*", "letter-0123456789a*.pdf", "x" * 4000, "%ff%fe", "..;/.env", "\\..\\.env",
]  # fmt: skip


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_no_name_brings_out_anything_but_what_was_published(pages: Pages, method: str) -> None:
    assert pages.client.request(method, f"{pages.url}/f/letter-0123456789ab.pdf").status_code == 200
    host, port = httpx.URL(pages.url).host, httpx.URL(pages.url).port
    for name in NAMES:
        # Because a client would tidy the path up, the request is written as it is.
        with http_client() as client:
            request = client.build_request(method, f"http://{host}:{port}/")
            request.url = httpx.URL(f"http://{host}:{port}").copy_with(raw_path=f"/f/{name}".encode())
            answer = client.send(request)
        assert answer.status_code in (400, 404), name
        assert CANARY not in answer.content
        assert "x-evil" not in answer.headers
