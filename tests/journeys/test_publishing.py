"""Pictures and letters beside a post: an organiser writes their names, and readers can open them, for good."""

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from tests.enclosures import PDF, WORD, photograph
from tests.public_pages import http_client

if TYPE_CHECKING:
    from tests.journeys.conftest import Mailboxes, Organiser
else:
    Mailboxes = Organiser = Any

POST = (
    "---\ntitle: Good news\npreheader: They said yes\nlanguage: cy\n---\n\n"
    "![Pawb ohonom](lluniau/pawb.jpg)\n\n- [Atodiad 1](atodiad-1.pdf)\n- [Atodiad 2](<Atodiad 2.docx>)\n"
)


@pytest.fixture
def author(ready: Organiser) -> Organiser:
    """An organiser with Ada and Ben on the list, and a post with a picture and two letters beside it."""
    ready.writes("posts/news.md", POST)
    ready.writes("posts/lluniau/pawb.jpg", photograph(1600, 1200))
    ready.writes("posts/atodiad-1.pdf", PDF)
    ready.writes("posts/Atodiad 2.docx", WORD)
    return ready


@pytest.mark.thorough
def test_what_stands_beside_a_post_is_given_out_before_it_is_sent_and_stays(
    author: Organiser, mailboxes: Mailboxes
) -> None:
    with author.starts("serve", "--port", "0", SMTP_HOST=None) as server:
        assert server.stderr is not None
        line = next(line for line in iter(server.stderr.readline, "") if "Serving at" in line)
        pages = line.split("Serving at ")[1].split(";")[0]
        sent = author.types("send", "posts/news.md", "--yes", BASE_URL=pages, SMTP_PORT=str(mailboxes.port))
        assert sent.code == 0, sent.err
        shutil.rmtree(author.folder / "posts")  # what was frozen stays, whatever becomes of the folder
        body = mailboxes.mails[0].get_body(("plain",))
        html = mailboxes.mails[0].get_body(("html",))
        assert body is not None
        assert html is not None
        text = " ".join(str(body.get_content()).split())
        assert "Atodiad 1 (PDF, 209 KB) <" in text
        assert "data:" not in str(html.get_content())
        found = [word.strip("<>") for word in text.split() if word.startswith(f"<{pages}/f/")]
        found.append(str(html.get_content()).partition('<img src="')[2].partition('"')[0] or _first_image(html))
        assert len(found) == 3
        with http_client() as client:
            for address in found:
                assert client.get(address).status_code == 200, address
            assert client.get(found[0]).content == PDF


def _first_image(html: Any) -> str:
    text = str(html.get_content())
    return text[text.index("<img") :].partition('src="')[2].partition('"')[0]


def test_the_folder_for_a_web_host_holds_what_the_mail_leads_to(author: Organiser) -> None:
    files = "https://www.example.org/files"
    done = author.types("publish", "posts/news.md", "-o", "out", "--json", FILES_URL=files)
    assert done.code == 0, done.err
    rows = [json.loads(line) for line in done.out.splitlines()]
    assert [row["written"] for row in rows] == ["atodiad-1.pdf", "Atodiad%202.docx", "lluniau/pawb.jpg"]
    assert {(author.folder / row["file"]).name for row in rows} == {
        path.name for path in (author.folder / "out").iterdir()
    }
    assert all(row["address"] == f"{files}/{(author.folder / row['file']).name}" for row in rows)
    again = author.types("publish", "posts/news.md", "-o", "out", "--json", FILES_URL=files)
    assert again.out == done.out
    assert not (author.folder / "published").exists()
    author.types("preview", "posts/news.md", FILES_URL=files)
    assert rows[0]["address"] in (author.folder / "preview/news/email.txt").read_text(encoding="utf-8")


def test_nothing_is_published_by_looking(author: Organiser) -> None:
    for words in (("check", "posts/news.md", "--offline"), ("send", "posts/news.md", "--dry-run")):
        assert author.types(*words).code == 0
    assert author.types("send", "posts/news.md", "--no-input").code == 5
    assert not (author.folder / "published").exists()


def test_what_is_not_there_is_an_error_and_is_not_sent(author: Organiser) -> None:
    (author.folder / "posts/atodiad-1.pdf").unlink()
    checked = author.types("check", "posts/news.md", "--offline")
    assert checked.code == 5
    assert checked.out.startswith("posts/news.md\n")
    assert "9  error    the link leads nowhere: there is no file “atodiad-1.pdf”" in checked.out
    for command in (("send", "posts/news.md", "--yes"), ("publish", "posts/news.md")):
        assert author.types(*command).code == 5
    assert not (author.folder / "published").exists()


def test_without_an_address_nothing_that_needs_one_is_sent(author: Organiser) -> None:
    checked = author.types("check", "posts/news.md", "--offline", BASE_URL=None)
    assert checked.code == 5
    told = " ".join(checked.out.split())
    assert "error the post links to 3 files of yours, and readers cannot open them yet" in told
    assert author.types("send", "posts/news.md", "--yes", BASE_URL=None).code == 5
    assert author.types("publish", "posts/news.md", BASE_URL=None).code == 4
    assert not (author.folder / "published").exists()
