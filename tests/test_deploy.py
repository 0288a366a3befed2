"""The files of deploy/ and the units of `init --units`, checked by the programs that read them, where installed."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from newsletter.app.units import UNITS, UnitPlan, write_units

DEPLOY = Path(__file__).parents[1] / "deploy"


def complaints(folder: Path, units: dict[str, str]) -> list[str]:
    """Say what systemd says about these units; it looks for the program and the user that they name."""
    for name, text in units.items():
        (folder / name).write_text(text, encoding="utf-8")
    names = [name.replace("@", "@1") for name in units]
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *names],
        capture_output=True,
        text=True,
        cwd=folder,
        env={**os.environ, "SYSTEMD_LOG_LEVEL": "warning", "SYSTEMD_UNIT_PATH": f"{folder}:"},
    )
    return [line for line in done.stderr.splitlines() if "newsletter" in line]


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")
def test_systemd_understands_the_units_whatever_the_folder_is_called(tmp_path: Path) -> None:
    for folder in (Path("/srv/newsletter"), Path('/srv/Our 100% "own" news\\letter')):
        plan = UnitPlan(folder, (sys.executable, "-m", "newsletter"), "root", "root")
        assert complaints(tmp_path, {name: plan.text(name) for name in UNITS}) == []
    broken = plan.text(UNITS[0]).replace("ProtectSystem=strict", "ProtectSystem=sure")
    assert complaints(tmp_path, {UNITS[0]: broken}) != [], "it reads them at all"


def test_units_are_confined_to_the_folder_and_have_time_to_finish(tmp_path: Path) -> None:
    home = UnitPlan(Path("/home/ada/news"), ("/opt/newsletter/bin/newsletter",), "ada", "ada")
    for name in UNITS[:2]:
        assert "ProtectHome=read-only\n" in home.text(name), "with yes, it would not see its own folder"
    for name in (each for each in UNITS if each.endswith(".service")):
        lines = set((DEPLOY / name).read_text(encoding="utf-8").splitlines())
        confined = {"NoNewPrivileges=yes", "ProtectSystem=strict", "ReadWritePaths=/srv/newsletter", "UMask=0077"}
        assert confined | {"ProtectHome=yes", "CapabilityBoundingSet=", "User=newsletter"} <= lines
    worker = set((DEPLOY / "newsletter-worker@.service").read_text(encoding="utf-8").splitlines())
    assert {"Restart=always", "KillSignal=SIGTERM", "TimeoutStopSec=120"} <= worker
    written = write_units(tmp_path)
    assert [file.name for file in written] == list(UNITS)
    assert f"WorkingDirectory={tmp_path}\n" in written[0].read_text()
