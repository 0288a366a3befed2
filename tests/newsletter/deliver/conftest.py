from collections.abc import Callable, Iterable
from datetime import datetime

import pytest
from sqlalchemy import Engine

from newsletter.issue import Issue
from newsletter.message import MessageBuilder
from tests.newsletter.deliver.told import Desk, DeskFor


@pytest.fixture
def desk(
    engine: Engine, issue_for: Callable[..., Issue], builder_of: Callable[[Issue], MessageBuilder], noon: datetime
) -> DeskFor:
    """Freeze an issue for people with such names, at noon."""

    def make(names: Iterable[str]) -> Desk:
        issue = issue_for(*names)
        return Desk(engine, issue, builder_of(issue), noon)

    return make
