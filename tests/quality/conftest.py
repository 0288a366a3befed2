"""Posts, made into mails the way a person makes them: post add, then compile."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.quality.judge import Case
from tests.quality.making import cases


@pytest.fixture
def judged(tmp_path: Path) -> Callable[[Path], list[Case]]:
    """Make a Case of every post in a file."""
    return lambda path: [each for each in cases(path, tmp_path) if isinstance(each, Case)]
