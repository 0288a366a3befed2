"""The files of deploy/, checked by the programs that read them, where those are installed."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

DEPLOY = Path(__file__).parents[1] / "deploy"


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")
def test_systemd_understands_the_unit_of_the_workers(tmp_path: Path) -> None:
    """With a program and a user that are here: it looks for both."""
    text = (DEPLOY / "newsletter-worker@.service").read_text(encoding="utf-8")
    assert "ExecStart=/opt/newsletter/bin/newsletter worker\n" in text
    unit = tmp_path / "newsletter-worker@.service"
    unit.write_text(text.replace("/opt/newsletter/bin/newsletter", sys.executable), encoding="utf-8")
    command = ["systemd-analyze", "verify", "--man=no", str(unit)]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "SYSTEMD_LOG_LEVEL": "warning"})
    about_it = [line for line in done.stderr.splitlines() if "newsletter-worker" in line]
    assert about_it == []


def test_a_worker_has_time_to_finish_and_is_started_again() -> None:
    lines = (DEPLOY / "newsletter-worker@.service").read_text(encoding="utf-8").splitlines()
    assert {"Restart=always", "KillSignal=SIGTERM", "TimeoutStopSec=120", "NoNewPrivileges=yes"} <= set(lines)
