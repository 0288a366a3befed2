"""`newsletter hooks` prints the address to give to a service and what came; `doctor` says if nothing does."""

import json
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert

from newsletter.bounces.hooks import received
from newsletter.database.engine import open_database, writing
from newsletter.database.tables import State, deliveries, issues
from newsletter.doctor.hooks import MANY, examine_hooks
from newsletter.settings import HookService, Settings
from tests.journeys.conftest import Organiser
from tests.starter import Starter

SECRET = "Hn5tV0kqYw2Zr8LmXc4BdGfJ7sPa9eUi"


@pytest.fixture
def organiser(tmp_path: Path, starter: Starter) -> Organiser:
    us = Organiser(tmp_path, starter=starter)
    assert us.types("init", "--no-input").code == 0
    return us


def test_a_service_is_added_shown_and_what_came_is_shown(organiser: Organiser, noon: datetime) -> None:
    assert "newsletter hooks add SERVICE" in organiser.types("hooks").err
    assert organiser.types("hooks", "add", "pigeon").code == 2
    added = organiser.types("hooks", "add", "mailgun")
    assert added.code == 0
    env = (organiser.folder / ".env").read_text()
    secret = next(line.partition("=")[2] for line in env.splitlines() if line.startswith("NEWSLETTER_HOOK_SECRET="))
    assert f"https://news.example.org/hooks/mailgun/{secret}" in added.out
    assert "NEWSLETTER_HOOK_KEY" in added.err
    assert organiser.types("hooks", "add", "mailgun").out == added.out
    assert (organiser.folder / ".env").read_text() == env
    other = organiser.types("hooks", "add", "brevo")
    assert other.code == 5
    assert "NEWSLETTER_HOOKS='mailgun brevo'" in other.err
    engine = open_database(f"sqlite:///{organiser.folder}/newsletter.db")
    with writing(engine) as connection:
        counts = Counter({("bounced", "failed"): 3, ("refused", "wrong signature"): 1})
        received.count(connection, HookService.MAILGUN, counts, noon)
    engine.dispose()
    shown = organiser.types("hooks")
    assert "last report: 1 March 2026" in shown.out
    (line,) = [line.split() for line in shown.out.splitlines() if line.startswith("bounced")]
    assert line[:3] == ["bounced", "failed", "3"]
    told = json.loads(organiser.types("hooks", "--json").out)
    assert (told["service"], told["needs_key"], told["reports"][0]["number"]) == ("mailgun", True, 3)
    assert secret not in organiser.types("config", "show").out


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_doctor_says_what_is_missing_and_since_when_nothing_came(
    database_url: str, engine: Engine, noon: datetime
) -> None:
    def found(**settings: object) -> list[tuple[str, str]]:
        given = Settings(**({"database_url": database_url, "smtp_host": "smtp-broadcasts.postmarkapp.com"} | settings))  # type: ignore[arg-type]
        return [(finding.severity.value, finding.found) for finding in examine_hooks(given)]

    assert found(smtp_host="smtp.example.org") == []
    assert found() == [("warning", "Postmark reports bounces and spam complaints by webhook, and none is set up.")]
    set_up = {"hooks": (HookService.POSTMARK,), "hook_secret": SECRET, "base_url": "https://news.example.org"}
    assert found(**set_up)[0][0] == "ok"
    assert [severity for severity, _ in found(**set_up | {"base_url": ""})] == ["error"]
    assert [severity for severity, _ in found(**set_up | {"hook_secret": ""})] == ["error"]
    keyless = found(**set_up | {"hooks": (HookService.RESEND,)})
    assert keyless[0] == ("error", "NEWSLETTER_HOOK_KEY is not set, so no report of Resend can be believed.")
    with writing(engine) as connection:
        row = {"post": "p", "fingerprint": "f", "frozen_at": noon, "content": {}, "candidates": 2, "frozen": 2}
        connection.execute(insert(issues), row)
        sent = {"issue_id": 1, "first_name": "", "last_name": "", "fields": {}, "state": State.ACCEPTED, "at": noon}
        rows = [sent | {"subscriber_id": n, "address": f"{n}@example.org", "dotted": True} for n in range(MANY)]
        connection.execute(insert(deliveries), rows)
    assert found(**set_up) == [
        ("warning", f"No report from Postmark so far, and {MANY} emails were accepted in that time.")
    ]
    with writing(engine) as connection:
        refused = Counter({("refused", "wrong signature"): 1, ("unreadable", "not JSON"): 1})
        received.count(connection, HookService.POSTMARK, refused, noon + timedelta(days=1))
    assert found(**set_up)[0][0] == "warning"  # what is not proven to come from it is no report
    with writing(engine) as connection:
        received.count(
            connection, HookService.POSTMARK, Counter({("ignored", "Delivery"): 1}), noon - timedelta(days=2)
        )
    assert found(**set_up)[0][1].startswith("No report from Postmark since 27 February 2026, and 200 emails")
