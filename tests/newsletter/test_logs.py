"""One line an event, as words or as JSON, and no address above DEBUG."""

import json
import logging
from collections.abc import Iterator

import pytest

from newsletter.runtime import logs
from newsletter.runtime.logs import event

LOG = logging.getLogger("newsletter.something")


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    kept = {
        name: (list(log.handlers), log.propagate, log.level) for name in logs.ROOTS if (log := logging.getLogger(name))
    }
    yield
    for name, (handlers, propagate, level) in kept.items():
        log = logging.getLogger(name)
        log.handlers, log.propagate = handlers, propagate
        log.setLevel(level)


def lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    out, err = capsys.readouterr()
    assert not out, "stdout is for data"
    return err.splitlines()


def test_an_event_is_one_line_with_its_facts(capsys: pytest.CaptureFixture[str]) -> None:
    logs.show(1, as_json=False)
    event(LOG, "run ended", issue=3, ending="every recipient is done", next_retry=None)
    (line,) = lines(capsys)
    assert line.endswith('info newsletter.something: run ended issue=3 ending="every recipient is done"')


def test_it_is_a_json_object_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    logs.show(0, as_json=True)
    event(LOG, "run ended", issue=3, accepted=998, level=logging.INFO, event="not this one", at="nor this")
    said = json.loads(lines(capsys)[0])
    assert {"level": "info", "event": "run ended", "issue": 3, "accepted": 998}.items() <= said.items()
    assert said["at"].endswith("+00:00")


def test_only_warnings_are_shown_unless_more_is_wanted(capsys: pytest.CaptureFixture[str]) -> None:
    logs.show(0, as_json=False)
    event(LOG, "quiet")
    event(LOG, "loud", logging.WARNING)
    assert [line.split(": ")[1] for line in lines(capsys)] == ["loud"]


@pytest.mark.parametrize("as_json", [False, True])
def test_no_address_is_shown_above_debug(as_json: bool, capsys: pytest.CaptureFixture[str]) -> None:
    logs.show(2, as_json)
    words = "550 5.1.1 <ada.lovelace+x@mail.example.org>: unknown; (ben@example.org) too"
    for level in (logging.INFO, logging.WARNING, logging.ERROR):
        event(LOG, "refused", level, said=words)
        LOG.log(level, "cannot write to %s", "eve@example.org")
        LOG.log(level, "it failed", exc_info=ValueError(words))
    shown = "\n".join(lines(capsys))
    assert "@" not in shown
    assert "550 5.1.1" in shown
    event(LOG, "refused", logging.DEBUG, said=words)
    assert "ada.lovelace+x@mail.example.org" in lines(capsys)[0]


def test_a_line_is_a_line_whatever_is_in_it(capsys: pytest.CaptureFixture[str]) -> None:
    logs.show(1, as_json=False)
    event(LOG, "refused", said="first\nsecond\r\nINFO a forged line")
    assert len(lines(capsys)) == 1
