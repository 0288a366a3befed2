"""The mails in mails/, each as it came back for Ada's copy of issue 7."""

from collections.abc import Callable
from pathlib import Path

import pytest

from newsletter.bounces.parse.reader import FeedbackReader
from subscribers.tokens import LinkSigner, ReturnPaths

KEY = "a secret key of the bounce tests, long enough"
LIST = "news.example.org"
MAILBOX = "bounces@example.org"
ADA = (41, 7)
MAILS = Path(__file__).parent / "mails"


@pytest.fixture
def reader() -> FeedbackReader:
    return FeedbackReader([KEY], LIST)


@pytest.fixture
def mail() -> Callable[[str], bytes]:
    """Give one of the mails, with Ada's return path and her unsubscribe link in their places."""

    def of(name: str) -> bytes:
        return signed_for(*ADA, (MAILS / f"{name}.eml").read_bytes())

    return of


def signed_for(subscriber_id: int, issue: int, mail: bytes, key: str = KEY, list_id: str = LIST) -> bytes:
    """Write somebody's return path, unsubscribe link and mail into a mail that has places for them."""
    path = ReturnPaths(key, MAILBOX).of(subscriber_id, issue).encode()
    signer = LinkSigner([key], list_id)
    link = signer.unsubscribe(subscriber_id, issue).encode()
    leaving = signer.unsubscribe_mail(MAILBOX, subscriber_id, issue).partition("subject=")[2].encode()
    return mail.replace(b"@RETURN_PATH@", path).replace(b"@UNSUBSCRIBE@", link).replace(b"@LEAVING@", leaving)
