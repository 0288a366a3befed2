"""The story with machines ends well, and says what to install where it cannot be told."""

from pathlib import Path

import pytest

from newsletter.demo import postgresql
from newsletter.errors import SettingsError


def test_where_there_is_no_postgresql_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(postgresql, "FOLDERS", ())
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SettingsError, match="sudo apt install postgresql") as refused, postgresql.running():
        pass
    assert refused.value.exit_code == 4
