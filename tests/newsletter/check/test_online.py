"""What only the network can tell, asked of a web site on this machine."""

import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from newsletter.check import read_for_check
from newsletter.check.online import online_findings
from newsletter.compiler import Furniture, compile_post
from newsletter.post import read_post
from newsletter.publish import Beside
from newsletter.sources.fetch import Limits
from newsletter.theme import template_folders
from tests.enclosures import photograph
from tests.newsletter.check.front import FIRST, FRONT


def test_a_dead_link_is_found_when_online(tmp_path: Path) -> None:
    file = tmp_path / "post.md"
    file.write_text(FRONT + "[a](http://127.0.0.1:9/dead) and [b](http://127.0.0.1:9/b)\n")
    post = read_post(file)
    email = compile_post(post, Furniture("Us", "1 Example Street"), template_folders(None))
    found = online_findings(read_for_check(post), email, Limits(seconds=2, allowed=("127.0.0.0/8",)))
    assert len(found) == 2
    assert "http://127.0.0.1:9/dead cannot be reached" in found[0].message
    assert (str(found[0].severity), found[0].line) == ("warning", FIRST)


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[str]:
    """A web site with pictures."""
    site = tmp_path / "site"
    site.mkdir()
    for name, content in {
        "small.png": photograph(100, 80, "PNG"),
        "wide.jpg": photograph(1300, 900),
        "heavy.png": photograph(1500, 1000, "PNG"),
        "torn.jpg": b"\xff\xd8\xff\xe0 JFIF",
    }.items():
        (site / name).write_bytes(content)

    class Quiet(SimpleHTTPRequestHandler):
        def __init__(self, *about: Any) -> None:
            super().__init__(*about, directory=str(site))

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("picture", "why"),
    [
        ("![us]({}/wide.jpg)", ""),
        ('<img src="{}/small.png" alt="us" width="90">', ""),
        ("![us]({}/small.png)", "is 100 px wide but shown 552 px wide, so it is blurred"),
        ("![us]({}/heavy.png)", "MB and 1,500 px wide. On a phone it loads slowly"),
        ("![us]({}/torn.jpg)", "cannot be read as a picture"),
        ("![us]({}/none.jpg)", "cannot be reached"),
    ],
)
def test_a_picture_of_the_web_is_looked_at_when_online(tmp_path: Path, elsewhere: str, picture: str, why: str) -> None:
    file = tmp_path / "post.md"
    file.write_text(FRONT + picture.format(elsewhere) + "\n")
    post = read_post(file)
    email = compile_post(post, Furniture("Us", "1 Example Street"), template_folders(None))
    found = online_findings(read_for_check(post), email, Limits(seconds=9, allowed=("127.0.0.0/8",)))
    assert len(found) == bool(why), found
    assert not why or (why in found[0].message and found[0].line == FIRST)


def test_what_is_not_published_yet_is_not_asked_for(tmp_path: Path) -> None:
    (tmp_path / "us.png").write_bytes(photograph(60, 40, "PNG"))
    file = tmp_path / "post.md"
    file.write_text(FRONT + "![us](us.png)\n")
    post = read_post(file)
    beside = Beside(tmp_path, "http://127.0.0.1:9/f")
    email = compile_post(post, Furniture("Us", "1 Example Street"), template_folders(None), (), beside)
    limits = Limits(seconds=2, allowed=("127.0.0.0/8",))
    assert online_findings(read_for_check(post), email, limits, spared=[email.published[0].address]) == []
    assert len(online_findings(read_for_check(post), email, limits)) == 1
