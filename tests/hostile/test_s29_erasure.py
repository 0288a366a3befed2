"""S29: an erased person is in no table and no file any more, and the sums of every issue still hold."""

import io
import sqlite3
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert, inspect, select, text, update

from newsletter.bounces.consequences import record_feedback
from newsletter.bounces.parse import kinds
from newsletter.bounces.parse.kinds import Report
from newsletter.database.engine import open_database, reading, upgrade, writing
from newsletter.database.tables import State, attempts, deliveries
from newsletter.issue import read_issue
from newsletter.people.erasure import erase
from newsletter.people.person import everything, is_empty
from newsletter.policy.reply import Reply, Stage
from newsletter.reports.account import account_of, log_entries
from newsletter.send_log import Result, claim, record
from subscribers import requests
from subscribers.erasure import Memory
from subscribers.errors import ForgottenKey
from subscribers.imports import ConsentEvidence, import_subscribers
from subscribers.requests import Request, RequestKind
from subscribers.suppression import SuppressionReason, suppress
from subscribers.tables import consents, subscribers, suppressions
from subscribers.topics import choose
from subscribers.unsubscribe_reason import tell
from tests.conftest import Cast, within
from tests.public_pages import SETTINGS

KEYS = SETTINGS.secret_keys
TRACES = ("zenobia", "Zenobia", "Quillfeather", "Llanfairpwll", "zq@example.net")
Mail = Callable[[], EmailMessage]
SHELF_LIFE = timedelta(days=1)


@pytest.fixture
def zenobia(engine: Engine, noon: datetime) -> int:
    """Zenobia, on the list among a hundred others, with everything that the list can hold about a person."""
    rows = [{"address": f"p{n}@example.org", "consent": "confirmed", "joined_at": noon} for n in range(100)]
    with writing(engine) as connection:
        connection.execute(insert(subscribers), rows)
        row = {
            "address": "zenobia@example.org",
            "first_name": "Zenobia",
            "last_name": "Quillfeather",
            "fields": {"town": "Llanfairpwll"},
            "tags": ["Zenobia's friends"],
            "consent": "confirmed",
            "joined_at": noon,
        }
        number = connection.execute(insert(subscribers).returning(subscribers.c.id), row).scalar_one()
        evidence = {"subscriber_id": number, "consent": "confirmed", "at": noon, "source": "import", "wording": "yes"}
        connection.execute(insert(consents), evidence | {"network_address": "zenobia's network"})
    return int(number)


@pytest.fixture
def frozen(engine: Engine, zenobia: int, real_mail: Mail) -> int:
    """Freeze issue 1 for everybody on the list; return Zenobia's number."""
    real_mail()
    return zenobia


def texts(engine: Engine) -> Iterator[str]:
    with reading(engine) as connection:
        for table in inspect(engine).get_table_names():
            for row in connection.execute(text(f"SELECT * FROM {table}")):
                yield f"{table}: {tuple(row)}"


def file_bytes(engine: Engine) -> bytes:
    path = Path(engine.url.database or "")
    return b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))


def answer(engine: Engine, delivery: int, state: State, reply: Reply, at: datetime, suppress: bool = False) -> None:
    with writing(engine) as connection:
        row = connection.execute(select(deliveries).where(deliveries.c.id == delivery)).one()
        # The address as the sender remembers it, which may have been erased since.
        address = "zenobia@example.org" if row.subscriber_id < 0 else row.address
        result = Result(delivery, address, state, reply, at if state is State.DEFERRED else None, suppress)
        record(connection, 1, [result], at, SHELF_LIFE)


def test_nothing_of_somebody_erased_is_left_in_any_table_or_file(engine: Engine, frozen: int, noon: datetime) -> None:
    with writing(engine) as connection:
        claimed = claim(connection, 1, 1, 200, noon, noon)
    theirs = next(each for each in claimed if each.address == "zenobia@example.org")
    words = "450 4.2.1 <zenobia@example.org> is over quota"
    answer(engine, theirs.delivery, State.DEFERRED, Reply(Stage.RCPT, 450, words), noon)
    with writing(engine) as connection:
        suppress(connection, "zenobia@example.org", SuppressionReason.COMPLAINED, noon, "Zenobia wrote to us")
        report = Report(
            "zq@example.net", kinds.BounceReason.FULL, "5.2.2", "552 5.2.2 <zenobia@example.org> is over quota"
        )
        who = kinds.Identity(frozen, 1)
        result = record_feedback(connection, kinds.Bounce(who, (report,), "mx of Zenobia", digest="1"), noon)
        assert result.new
        wish = Request(RequestKind.SUBSCRIBE, "zenobia@example.org", "en", "n", "Zenobia's network", "yes")
        requests.ask(connection, wish, noon)
        wish = Request(RequestKind.CHANGE, "zq@example.net", "en", "n", "the network of Zenobia", subscriber_id=frozen)
        requests.ask(connection, wish, noon)
        choose(connection, frozen, {"friends of Zenobia": False}, noon)
        connection.execute(update(subscribers).where(subscribers.c.id == frozen).values(consent="withdrawn"))
        assert tell(connection, frozen, 1, "other", "Zenobia says why", noon)
    assert any("Zenobia" in line for line in texts(engine))

    done = erase(engine, " Zenobia@Example.ORG", Memory(KEYS), noon)
    assert (done.address, done.deliveries, done.residue) == ("zenobia@example.org", 1, "")
    for line in texts(engine):
        assert not [trace for trace in TRACES if trace in line], line
    if engine.dialect.name == "sqlite":
        held = file_bytes(engine)
        assert b"p99@example.org" in held
        assert not [trace for trace in TRACES if trace.encode() in held]
    with reading(engine) as connection:
        assert connection.scalars(select(consents.c.id).where(consents.c.subscriber_id == frozen)).all() == []
        held_now = everything(connection, "zenobia@example.org", Memory(KEYS))
    assert held_now.pop("erased")
    assert is_empty(held_now)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_traces_that_another_program_left_in_the_file_go_too(engine: Engine, zenobia: int, noon: datetime) -> None:
    other = sqlite3.connect(engine.url.database or "")
    other.execute("PRAGMA secure_delete = OFF")
    other.execute("DELETE FROM consents WHERE subscriber_id = ?", [zenobia])
    other.execute("DELETE FROM subscribers WHERE id = ?", [zenobia])
    other.commit()
    other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    other.close()
    assert b"Quillfeather" in file_bytes(engine)
    erase(engine, "zenobia@example.org", Memory(KEYS), noon)
    assert not [trace for trace in TRACES if trace.encode() in file_bytes(engine)]


def test_the_sums_of_an_issue_hold_without_the_erased(engine: Engine, frozen: int, noon: datetime) -> None:
    erase(engine, "zenobia@example.org", Memory(KEYS), noon)
    with reading(engine) as connection:
        issue = read_issue(connection, 1)
        account_of(connection, issue)
        log = list(log_entries(connection, issue, None, None))
    assert len(log) == issue.frozen == 101
    (nobody,) = [entry for entry in log if "@" not in entry.address]
    assert nobody.address.startswith("erased-")
    assert nobody.message_id == ""


def test_somebody_erased_who_was_left_out_is_still_counted(engine: Engine, zenobia: int, real_mail: Mail) -> None:
    with writing(engine) as connection:
        connection.execute(update(subscribers).where(subscribers.c.id == zenobia).values(consent="withdrawn"))
    real_mail()
    erase(engine, "zenobia@example.org", Memory(KEYS), issue_time(engine))
    with reading(engine) as connection:
        account = account_of(connection, read_issue(connection, 1))
        assert account.excluded == {"withdrawn": 1}
    assert not any(f", {zenobia}," in line for line in texts(engine) if line.startswith("exclusions"))


def issue_time(engine: Engine) -> datetime:
    with reading(engine) as connection:
        return read_issue(connection, 1).frozen_at


def test_an_erased_person_is_skipped_in_a_running_issue(engine: Engine, frozen: int, noon: datetime) -> None:
    erase(engine, "zenobia@example.org", Memory(KEYS), noon)
    with writing(engine) as connection:
        claimed = claim(connection, 1, 1, 200, noon, noon)
        states = set(connection.scalars(select(deliveries.c.state).where(deliveries.c.subscriber_id < 0)))
    assert len(claimed) == 100
    assert states == {"skipped"}


@pytest.mark.parametrize("state", [State.ACCEPTED, State.DEFERRED, State.REFUSED])
def test_an_answer_that_comes_after_the_erasure_brings_nothing_back(
    engine: Engine, frozen: int, noon: datetime, state: State
) -> None:
    with writing(engine) as connection:
        claimed = claim(connection, 1, 1, 200, noon, noon)
    theirs = next(each for each in claimed if each.address == "zenobia@example.org")
    erase(engine, "zenobia@example.org", Memory(KEYS), noon)
    reply = Reply(Stage.RCPT, 550, "5.1.1 zenobia@example.org unknown")
    answer(engine, theirs.delivery, state, reply, noon, suppress=state is State.REFUSED)
    with reading(engine) as connection:
        assert connection.scalars(select(suppressions.c.address)).all() == []
        assert connection.scalars(select(attempts.c.reply)).all() == []
    assert not any("zenobia" in line for line in texts(engine))


def test_what_was_sent_to_an_earlier_address_goes_too(engine: Engine, frozen: int, noon: datetime) -> None:
    with writing(engine) as connection:
        connection.execute(update(subscribers).where(subscribers.c.id == frozen).values(address="zq@example.net"))
    erase(engine, "zq@example.net", Memory(KEYS), noon)
    assert not [line for line in texts(engine) for trace in TRACES if trace in line]


@pytest.mark.parametrize("keys", [KEYS, ("a newer key, forty characters long!!!!!!", *KEYS)])
@pytest.mark.parametrize("spelling", ["zenobia@example.org", "ZENOBIA@EXAMPLE.ORG"])
def test_no_import_brings_them_back(
    engine: Engine, zenobia: int, noon: datetime, keys: tuple[str, ...], spelling: str
) -> None:
    erase(engine, "zenobia@example.org", Memory(KEYS), noon)
    with writing(engine) as connection:
        file = io.BytesIO(f"email,consent\n{spelling},confirmed\nnew@example.org,\n".encode())
        report = import_subscribers(within(connection), file, ConsentEvidence("yes", "x", noon), secret_keys=keys)
        assert (report.added, report.suppressed) == (1, 1)
        names = connection.scalars(select(subscribers.c.address)).all()
    assert "new@example.org" in names
    assert "zenobia@example.org" not in names


@pytest.mark.parametrize("keys", [(), ("another key altogether, which is long",)])
def test_an_import_that_cannot_recognise_the_erased_takes_nobody_in(
    engine: Engine, zenobia: int, noon: datetime, keys: tuple[str, ...]
) -> None:
    erase(engine, "zenobia@example.org", Memory(KEYS), noon)
    with writing(engine) as connection, pytest.raises(ForgottenKey, match="NEWSLETTER_OLD_SECRET_KEYS"):
        import_subscribers(
            within(connection),
            io.BytesIO(b"email\nnew@example.org\n"),
            ConsentEvidence("yes", "x", noon),
            secret_keys=keys,
        )


def test_without_the_key_nobody_can_tell_who_was_erased(engine: Engine, zenobia: int, noon: datetime) -> None:
    erase(engine, "zenobia@example.org", Memory(KEYS), noon)
    other = Memory(["another key altogether, which is long"])
    with writing(engine) as connection, pytest.raises(ForgottenKey):
        other.among(connection, ["zenobia@example.org"])


def test_erasing_twice_or_a_stranger_harms_nobody(engine: Engine, cast: Cast, noon: datetime) -> None:
    for _ in range(2):
        done = erase(engine, "ada@example.org", Memory(KEYS), noon)
        assert done.residue == ""
    assert erase(engine, "stranger@example.org", Memory(KEYS), noon).rows == 0
    with reading(engine) as connection:
        left = connection.scalars(select(subscribers.c.address).order_by(subscribers.c.id)).all()
    assert left == ["ben@example.org", "cleo@example.org", "dot@example.org"]


def test_an_erasure_that_another_reader_hinders_says_so(tmp_path: Path, noon: datetime) -> None:
    engine = open_database(f"sqlite:///{tmp_path}/x.db")
    upgrade(engine)
    quick = open_database(f"sqlite:///{tmp_path}/x.db?timeout=0.1")
    with reading(engine) as connection:
        connection.execute(select(subscribers)).all()
        assert erase(quick, "ada@example.org", Memory(KEYS), noon).residue
    assert erase(quick, "ada@example.org", Memory(KEYS), noon).residue == ""
    quick.dispose()
    engine.dispose()
