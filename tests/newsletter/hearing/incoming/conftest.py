"""A real IMAP server, where there is one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.newsletter.hearing.incoming.dovecot import Dovecot, missing, running


@pytest.fixture
def dovecot(tmp_path: Path) -> Iterator[Dovecot]:
    """A Dovecot with an empty mailbox."""
    if why := missing():
        pytest.skip(why)
    with running(tmp_path) as server:
        yield server
