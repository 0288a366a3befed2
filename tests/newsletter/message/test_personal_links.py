"""Where a reader's links lead: to the pages, or to a mailbox that is read by `bounces process`."""

from collections.abc import Callable
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from newsletter.compiler import Furniture, compile_post
from newsletter.issue import Issue, Letterhead
from newsletter.message import MessageBuilder, Recipient
from newsletter.post import read_post
from newsletter.theme import template_folders
from subscribers.errors import BadLink
from subscribers.tokens import LinkSigner
from tests.newsletter.conftest import KEY

ADA = Recipient(1, 12, "ada@example.org", "Ada")
SIGNER = LinkSigner([KEY], "news.example.org")
Mailed = Callable[..., EmailMessage]


@pytest.fixture
def mailed(tmp_path: Path, issue_for: Callable[..., Issue]) -> Mailed:
    """Build the mail to Ada of a real post, with the letterhead changed as given."""
    issue = issue_for("ada")
    file = tmp_path / "good-news.md"

    def built(**head: object) -> EmailMessage:
        letterhead: Letterhead = replace(issue.letterhead, **head)  # type: ignore[arg-type]
        file.write_text("---\ntitle: Good news\n---\nThe council said yes.\n", encoding="utf-8")
        furniture = Furniture("Us", "1 Example Street", pages=bool(letterhead.base_url))
        email = compile_post(read_post(file), furniture, template_folders(None))
        builder = MessageBuilder(replace(issue, email=email, letterhead=letterhead), SIGNER, KEY)
        mail = message_from_bytes(builder.build(ADA).content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        return mail

    return built


def words(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content())


@pytest.mark.thorough
def test_with_pages_a_mail_leads_to_all_three_and_unsubscribes_with_one_click(mailed: Mailed) -> None:
    mail = mailed()
    token = SIGNER.unsubscribe(12, 1)
    assert mail["List-Unsubscribe"] == f"<https://news.example.org/u/{token}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    for kind in ("html", "plain"):
        for door in (f"u/{token}", f"p/{token}", f"i/{SIGNER.web(1)}"):
            assert f"https://news.example.org/{door}" in words(mail, kind)


@pytest.mark.parametrize("tagged", [True, False])
def test_without_pages_a_reader_leaves_by_a_mail_that_is_understood(mailed: Mailed, tagged: bool) -> None:
    mail = mailed(base_url="") if tagged else mailed(base_url="", return_path=None)
    link = mail["List-Unsubscribe"].strip("<>")
    assert mail["List-Unsubscribe-Post"] is None  # RFC 8058 §3.1: only with https
    parts = urlsplit(link)
    address = unquote(parts.path)
    assert parts.scheme == "mailto"
    assert address.startswith("bounces+unsubscribe-12-1-") if tagged else address == "news@example.org"
    assert SIGNER.read_unsubscribe_mail(address, parts.query) == (12, 1)
    for kind in ("html", "plain"):
        assert link in words(mail, kind)
        assert "browser" not in words(mail, kind)
        assert "hello@example.org" not in words(mail, kind)  # where preferences would lead
        assert "http" not in words(mail, kind).replace("http://www.w3.org", "").replace('http-equiv="', "")


def test_the_header_is_one_line_that_nobody_folds(issue_for: Callable[..., Issue]) -> None:
    issue = issue_for("ada")
    issue = replace(issue, letterhead=replace(issue.letterhead, base_url=""))
    content = MessageBuilder(issue, SIGNER, KEY).build(ADA).content
    (line,) = [line for line in content.splitlines() if line.startswith(b"List-Unsubscribe:")]
    assert line.startswith(b"List-Unsubscribe: <mailto:")
    assert line.endswith(b">")


def test_a_link_to_the_pages_is_no_word_for_the_mailbox() -> None:
    with pytest.raises(BadLink):
        SIGNER.read_unsubscribe_mail(SIGNER.unsubscribe(12, 1))
