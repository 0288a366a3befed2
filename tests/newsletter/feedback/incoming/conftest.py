"""A real IMAP server, where there is one."""

from collections.abc import Iterator

import pytest

from tests.newsletter.feedback.incoming.dovecot import Dovecot, missing, running


@pytest.fixture
def dovecot() -> Iterator[Dovecot]:
    """A Dovecot with an empty mailbox."""
    if why := missing():
        pytest.skip(why)
    with running() as server:
        yield server
