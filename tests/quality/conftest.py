"""Posts, made into mails the way a person makes them: post add, then compile."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.quality.judge import Case
from tests.quality.making import cases


@pytest.fixture
def judged(tmp_path: Path) -> Callable[..., list[Case]]:
    """Make a Case of every post in a file, and in every theme that is asked for."""

    def made(path: Path, themes: Sequence[str] = ("",)) -> list[Case]:
        return [each for each in cases(path, tmp_path, themes) if isinstance(each, Case)]

    return made
