"""An author looks at a mail: on paper as one reader would get it, or in a page that follows what is saved."""

import signal
from typing import TYPE_CHECKING, Any

from tests.enclosures import PDF, photograph
from tests.public_pages import http_client

if TYPE_CHECKING:
    from tests.journeys.conftest import Organiser
else:
    Organiser = Any

POST = "---\ntitle: Good news\nmerge: true\n---\n\nDear {{first_name|friend}},\n\n![us](us.jpg) [Ours](ours.pdf)\n"


def test_on_paper_it_is_the_mail_of_one_reader_with_its_pictures(ready: Organiser) -> None:
    ready.writes("posts/news.md", POST)
    ready.writes("posts/us.jpg", photograph(900, 600))
    ready.writes("posts/ours.pdf", PDF)
    done = ready.types("preview", "posts/news.md", "--as", "ada@example.org", "-o", "out")
    assert done.code == 0, done.err
    html = (ready.folder / "out/email.html").read_text(encoding="utf-8")
    assert "Dear Ada," in html
    files = sorted(path.name for path in (ready.folder / "out/files").iterdir())
    assert [name.rpartition("-")[0] for name in files] == ["ours", "us"]
    assert all(f'"files/{name}"' in html for name in files)
    message = (ready.folder / "out/message.eml").read_bytes()
    assert b"To: Ada <ada@example.org>" in message
    assert b"https://news.example.org/f/" in message.replace(b"=\r\n", b"")
    assert not (ready.folder / "published").exists()
    assert ready.types("preview", "posts/news.md", "--as", "zoe@example.org").code == 1


def test_the_page_follows_and_ends_with_ctrl_c(ready: Organiser) -> None:
    post = ready.writes("posts/news.md", POST.replace("![us](us.jpg) [Ours](ours.pdf)", "Words."))
    with ready.starts("preview", "posts/news.md", "--serve", "--as", "ada@example.org") as page:
        assert page.stdout is not None
        address = page.stdout.readline().strip()
        assert address.startswith("http://127.0.0.1:")
        with http_client() as client:
            assert client.get(address).status_code == 200
            assert "Dear Ada," in client.get(f"{address}/mail/light").text
            version = client.get(f"{address}/state").json()["version"]
            post.write_text("---\ntitle: Better news\n---\n\nMore words.\n", encoding="utf-8")
            state = client.get(f"{address}/state?since={version}").json()
            assert state["version"] > version
            assert "Better news" in state["side"]
        page.send_signal(signal.SIGINT)
        assert page.wait(timeout=30) in (0, 130, -signal.SIGINT)
    assert not (ready.folder / "preview").exists()


def test_a_page_of_nothing_is_refused(ready: Organiser) -> None:
    done = ready.types("preview", "posts/none.md", "--serve")
    assert done.code == 1
    assert "there is no such file" in done.errors[0]
