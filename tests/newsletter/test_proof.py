"""What an author sees first is what a reader would get, and a test mail is marked as one."""

import asyncio
from collections.abc import Callable
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from sqlalchemy import Engine

from newsletter import preview
from newsletter.compiler import CompiledEmail
from newsletter.database.engine import reading
from newsletter.issue import Issue, Letterhead
from newsletter.message import Recipient
from newsletter.post import Post
from newsletter.transport.folder import Folder
from subscribers.errors import BadAddress, UnknownSubscriber

KEY = "a secret key of the tests, long enough"


@pytest.fixture
def issue(post: Post, email: CompiledEmail, head: Letterhead, noon: object) -> Issue:
    return preview.unfrozen(post, email, head, noon)  # type: ignore[arg-type]


def test_a_preview_is_filled_escaped_and_written_in_three_forms(
    issue: Issue, email: CompiledEmail, tmp_path: Path
) -> None:
    reader = Recipient(0, 0, "ada@example.org", "<Ada>", "")
    shown = preview.preview(preview.builder(issue, [KEY]), email, reader)
    files = shown.write(tmp_path / "deep" / "preview")
    assert [file.name for file in files] == ["email.html", "email.txt", "message.eml"]
    assert "Dear &lt;Ada&gt;," in files[0].read_text(encoding="utf-8")
    assert "Dear <Ada>," in files[1].read_text(encoding="utf-8")
    message = message_from_bytes(files[2].read_bytes(), policy=policy.default)
    assert message["To"].addresses[0].addr_spec == "ada@example.org"
    html = message.get_body(("html",))
    assert html is not None
    assert "Dear &lt;Ada&gt;," in html.get_content()


def test_a_reader_is_found_however_their_address_is_written(engine: Engine, issue_for: Callable[..., Issue]) -> None:
    issue_for("ada")
    with reading(engine) as connection:
        assert preview.find_recipient(connection, " ADA@Example.ORG ").first_name == "Ada"
        with pytest.raises(UnknownSubscriber):
            preview.find_recipient(connection, "zoe@example.org")
        with pytest.raises(BadAddress):
            preview.find_recipient(connection, "zoe")


def test_a_test_mail_is_marked_and_is_nobodys(issue: Issue, tmp_path: Path) -> None:
    making = preview.builder(issue, [KEY])
    answers = asyncio.run(preview.send_proofs(making, Folder(tmp_path / "out"), ["me@example.net", "you@example.net"]))
    assert [(mail.forward_path, reply.positive) for mail, reply in answers] == [
        ("me@example.net", True),
        ("you@example.net", True),
    ]
    for file in (tmp_path / "out").glob("*.eml"):
        message = message_from_bytes(file.read_bytes(), policy=policy.default)
        assert message["Subject"] == "[Test] Newyddion da: good news"
        assert "Sam" in str(message.get_body(("plain",)))
