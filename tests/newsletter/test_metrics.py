"""Metrics: Prometheus's own parser reads them, they name nobody, and counting them never burdens the database."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Engine, insert, update

from newsletter.cli import newsletter
from newsletter.cli.serve import AddressParam
from newsletter.database.engine import writing
from newsletter.database.tables import State, attempts, deliveries, hook_events, issues
from newsletter.issue import Issue
from newsletter.reports.numbers import NumberCounter
from newsletter.runtime.clock import now
from newsletter.send_log.senders import add
from newsletter.web.metrics import metrics_application
from subscribers import suppression
from subscribers.suppression import SuppressionReason
from tests.public_pages import UNUSED
from tests.shared_server import shared_server

Series = dict[tuple[str, tuple[str, ...]], float]


def answered(engine: Engine, counter: NumberCounter | None = None) -> httpx.Response:
    with shared_server() as server, server.serving(metrics_application(counter or NumberCounter(engine, now))):
        return httpx.get(f"{server.address}/metrics", trust_env=False, verify=UNUSED)


def scraped(engine: Engine, counter: NumberCounter | None = None) -> Series:
    answer = answered(engine, counter)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    families = list(text_string_to_metric_families(answer.text))
    return {(each.name, tuple(each.labels.values())): each.value for family in families for each in family.samples}


def test_prometheus_reads_what_became_of_every_delivery_and_who_it_was_is_not_in_it(
    engine: Engine, issue_for: Callable[..., Issue]
) -> None:
    issue = issue_for("ada", "bea", "cai", "dil")
    began = now()
    with writing(engine) as connection:
        ids = list(connection.scalars(deliveries.select().with_only_columns(deliveries.c.id).order_by("id")))
        for number, state in zip(ids, (State.ACCEPTED, State.REFUSED, State.DEFERRED), strict=False):
            changed = {"state": state, "retry_at": began - timedelta(minutes=1) if state is State.DEFERRED else None}
            connection.execute(update(deliveries).where(deliveries.c.id == number).values(**changed))
        tried = {"at": began, "stage": "rcpt", "reply": "550 <bea@example.org> is unknown at mx.example.org"}
        codes = ((ids[1], 550), (ids[2], 451), (ids[2], None))
        connection.execute(insert(attempts), [{**tried, "delivery_id": one, "code": code} for one, code in codes])
        heard = {"what": "bounce", "name": "bea example.org", "number": 3, "last_at": began}
        connection.execute(insert(hook_events).values(service="ses", **heard))
        suppression.suppress(connection, "bea@example.org", SuppressionReason.BOUNCED, began)
        connection.execute(update(issues).values(frozen_at=began - timedelta(minutes=2)))
    seen = scraped(engine)
    states = {labels[0]: number for (name, labels), number in seen.items() if name == "newsletter_deliveries"}
    assert set(states) == set(State), "a series that is missing raises no alarm"
    assert (states["accepted"], states["refused"], states["deferred"], states["queued"]) == (1, 1, 1, 1)
    replies = {labels[0]: number for (name, labels), number in seen.items() if name == "newsletter_replies_total"}
    assert replies == {"2xx": 1, "4xx": 1, "5xx": 1, "none": 1}
    assert seen["newsletter_subscribers", ("confirmed",)] == 4
    assert seen["newsletter_webhook_events_total", ("ses", "bounce")] == 3
    assert seen["newsletter_suppressed", ("bounced",)] == 1
    assert 119 < seen["newsletter_due_seconds", ()] < 200, "since it was frozen: somebody is still queued"
    with writing(engine) as connection:
        add(connection, issue.number, began)
    assert scraped(engine)["newsletter_due_seconds", ()] < 50, "a sender has just claimed some of it"
    with writing(engine) as connection:
        connection.execute(update(deliveries).where(deliveries.c.state == State.QUEUED).values(state=State.ACCEPTED))
    assert 59 < scraped(engine)["newsletter_due_seconds", ()] < 110, "since the retry was due"
    with writing(engine) as connection:
        connection.execute(update(issues).where(issues.c.id == issue.number).values(standing="paused"))
    assert scraped(engine)["newsletter_due_seconds", ()] == 0, "what an organiser paused is not due"
    words = " ".join(label for _, labels in seen for label in labels)
    assert not re.search(r"@|example|bea\b", words)


def test_what_takes_long_to_count_is_counted_rarely(engine: Engine, issue_for: Callable[..., Issue]) -> None:
    issue_for("ada")
    watch = [0.0]

    def stopwatch() -> float:
        watch[0] += 1.0  # each look at it: so the count takes seconds
        return watch[0]

    counter = NumberCounter(engine, now, stopwatch, rest=20.0)
    assert counter.read().counts.deliveries["queued"] == 1
    with writing(engine) as connection:
        connection.execute(update(deliveries).values(state=State.ACCEPTED))
    assert counter.read().counts.deliveries["queued"] == 1, "kept: counting again so soon would burden the database"
    watch[0] += 100.0
    assert counter.read().counts.deliveries["queued"] == 0


def test_without_a_database_prometheus_is_told_so(engine: Engine, issue_for: Callable[..., Issue]) -> None:
    with writing(engine) as connection:
        cascade = " CASCADE" if connection.dialect.name == "postgresql" else ""
        connection.exec_driver_sql(f"DROP TABLE attempts{cascade}")
    answer = answered(engine)
    assert (answer.status_code, answer.text) == (503, "the database does not answer\n")


@pytest.mark.parametrize("text", ["9100", ":9100", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:70000", "h:²"])
def test_an_address_without_a_host_or_a_port_is_a_usage_error(text: str, tmp_path: Path) -> None:
    ran = CliRunner().invoke(newsletter, ["serve", "--metrics", text])
    assert ran.exit_code == 2
    assert "is not like 127.0.0.1:9100" in ran.output


def test_an_address_may_be_of_ipv6() -> None:
    assert AddressParam().convert("[::1]:9100", None, None) == ("::1", 9100)
