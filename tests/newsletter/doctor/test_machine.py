"""Database, secrets, clock and disk."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from newsletter.database.engine import open_database, upgrade, writing
from newsletter.doctor.finding import DoctorSeverity
from newsletter.doctor.machine import examine_clock, examine_database, examine_disk, examine_secrets
from newsletter.issue import Issue
from newsletter.runtime.clock import now
from newsletter.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    engine = open_database(f"sqlite:///{tmp_path}/newsletter.db")
    upgrade(engine)
    engine.dispose()
    return Settings(database_url=f"sqlite:///{tmp_path}/newsletter.db", dkim_key_file="dkim.pem")


def test_a_sound_database_is_found_so(database_url: str) -> None:
    (finding,) = examine_database(Settings(database_url=database_url), Path(), now())
    assert finding.severity is DoctorSeverity.OK
    assert "is undamaged and up to date" in finding.found


def test_a_database_that_is_not_there_or_of_another_version_is_an_error(tmp_path: Path, settings: Settings) -> None:
    (finding,) = examine_database(Settings(database_url="sqlite:///other.db"), tmp_path, now())
    assert "does not exist yet" in finding.found
    assert not (tmp_path / "other.db").exists()
    engine = open_database(settings.database_url)
    with writing(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    engine.dispose()
    (finding,) = examine_database(settings, Path(), now())
    assert finding.severity is DoctorSeverity.ERROR
    assert "db upgrade" in finding.found


def test_a_damaged_database_is_an_error(tmp_path: Path, settings: Settings) -> None:
    engine = open_database(settings.database_url)
    with engine.connect() as connection:
        root = connection.exec_driver_sql("SELECT rootpage FROM sqlite_master WHERE name = 'deliveries'").scalar()
        size = connection.exec_driver_sql("PRAGMA page_size").scalar()
    engine.dispose()
    assert isinstance(root, int)
    assert isinstance(size, int)
    with (tmp_path / "newsletter.db").open("r+b") as file:
        file.seek((root - 1) * size)
        file.write(b"\xff" * size)
    (finding,) = examine_database(settings, Path(), now())
    assert finding.severity is DoctorSeverity.ERROR
    assert "damaged" in finding.found or "malformed" in finding.found


def test_an_issue_from_the_future_means_that_the_clock_is_wrong(
    engine: Engine, issue_for: Callable[..., Issue], database_url: str
) -> None:
    issue = issue_for("ada")
    findings = list(examine_database(Settings(database_url=database_url), Path(), issue.frozen_at - timedelta(days=2)))
    assert [(each.subject, each.severity) for each in findings] == [
        ("database", DoctorSeverity.OK),
        ("clock", DoctorSeverity.ERROR),
    ]


def test_what_others_may_read_is_named_with_what_to_type(tmp_path: Path, settings: Settings) -> None:
    for name in (".env", "dkim.pem"):
        (tmp_path / name).touch(mode=0o600)
    assert [each.severity for each in examine_secrets(tmp_path, settings)] == [DoctorSeverity.OK]
    for name in (".env", "dkim.pem", "newsletter.db"):
        (tmp_path / name).chmod(0o644)
    findings = list(examine_secrets(tmp_path, settings))
    assert {each.severity for each in findings} == {DoctorSeverity.WARNING}
    assert [each.change for each in findings] == [
        f"Run: chmod 600 {tmp_path / name}" for name in (".env", "dkim.pem", "newsletter.db")
    ]


def test_a_clock_from_before_this_program_is_wrong() -> None:
    assert examine_clock(now()).severity is DoctorSeverity.OK
    assert examine_clock(now() - timedelta(days=4000)).severity is DoctorSeverity.ERROR


@pytest.mark.parametrize(("free", "severity"), [(10**10, "ok"), (5 * 10**8, "warning"), (10**6, "error")])
def test_a_disk_that_is_nearly_full_is_said_before_the_log_stops(
    tmp_path: Path, settings: Settings, free: int, severity: str
) -> None:
    assert examine_disk(tmp_path, settings, lambda folder: free).severity == severity
