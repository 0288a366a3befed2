"""A second caller looks after the list: what it is told are values, and every safeguard of the commands holds."""

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, update

from newsletter.app import bounces, by_hand, imports, people, person, segments, setup, suppressions, topics
from newsletter.app.by_hand import Details
from newsletter.app.list_folder import ListFolder
from newsletter.bounces.consequences import FeedbackResult
from newsletter.bounces.mailboxes import Incoming
from newsletter.database.engine import reading, writing
from newsletter.database.tables import FeedbackKind, State, deliveries
from newsletter.doctor.relays import PRESETS
from newsletter.errors import DatabaseError
from newsletter.issue import Issue
from newsletter.settings import Settings
from subscribers.errors import (
    AlreadyTakenBack,
    BadField,
    BadTag,
    BrakeHolds,
    ForgottenKey,
    NotToBeAdded,
    UnknownSubscriber,
)
from subscribers.imports import Brake, Fate, Options, RowOutcome
from subscribers.suppression import SuppressionReason
from subscribers.tables import subscribers
from subscribers.tokens import LinkSigner
from tests.conftest import Cast
from tests.newsletter.conftest import KEY

LIST = "news.example.org"


Folders = Callable[..., ListFolder]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folders]:
    """Make folders with settings; their databases are closed at the end."""
    made: list[ListFolder] = []

    def make(name: str, **settings: str) -> ListFolder:
        place = ListFolder(tmp_path / name)
        place.folder.mkdir()
        lines = [f"NEWSLETTER_{variable}='{value}'\n" for variable, value in {"LIST_ID": LIST, **settings}.items()]
        (place.folder / ".env").write_text("".join(lines), encoding="utf-8")
        made.append(place)
        return place

    yield make
    for place in made:
        place.engine.dispose()


@pytest.fixture
def place(folder: Folders, database_url: str, engine: Engine) -> ListFolder:
    """A folder whose list is in `engine`."""
    return folder("campaign", DATABASE_URL=database_url, SECRET_KEY=KEY, FROM="news@example.org")


def silent(doubt: str) -> None:
    raise AssertionError(doubt)


def consents(place: ListFolder) -> dict[str, str]:
    with people.everybody(place, None, silent) as rows:
        return {row["address"].partition("@")[0]: row["consent"] for row in rows}


def as_file(text: str) -> io.BytesIO:
    return io.BytesIO(text.encode())


def test_an_import_says_what_became_of_each_row_and_can_be_taken_back(place: ListFolder, cast: Cast) -> None:
    done: list[int] = []
    fates: list[Fate] = []
    sheet = "email,first_name,town\nada@example.org,Ada,Bangor\nzoe@example.org,Zoë,Bala\nnot an address,,\n"
    report = imports.import_list(
        place, as_file(sheet), "people.csv", "News by email", Options(tags=[" new "]), done.append, fates.extend
    )
    assert [fate.outcome for fate in fates] == [RowOutcome.UPDATED, RowOutcome.ADDED, RowOutcome.REJECTED]
    assert (report.added, report.updated, report.rejected, done[-1]) == (1, 1, 1, 3)
    held = person.everything(place, "zoe@example.org")
    assert (held["subscriber"]["tags"], held["consents"][0]["wording"]) == (["new"], "News by email")
    assert report.number is not None
    before = imports.look_at(place, report.number)
    assert (before.name, before.added, before.people, before.later) == ("people.csv", 1, None, None)
    assert "zoe" in consents(place)  # to look is not to take back
    done_again = imports.take_back(place, report.number)
    assert (done_again.removed, done_again.restored) == (1, 1)
    assert set(consents(place)) == {"ada", "ben", "cleo", "dot"}
    for use in (imports.look_at, imports.take_back):
        with pytest.raises(AlreadyTakenBack):
            use(place, report.number)
    assert [bool(row["undone_at"]) for row in imports.all_imports(place)] == [True]


def test_half_a_list_of_noes_is_imported_only_if_the_caller_says_so(place: ListFolder) -> None:
    rows = [f"p{number}@example.org,{'unsubscribed' if number % 2 else 'subscribed'}\n" for number in range(12)]
    sheet = "email,status\n" + "".join(rows)
    asked: list[Brake] = []

    def refuse(brake: Brake) -> bool:
        asked.append(brake)
        return False

    for options in (None, Options(go_on=refuse)):
        with pytest.raises(BrakeHolds):
            imports.import_list(place, as_file(sheet), "people.csv", "yes", options)
    assert [(brake.rows, brake.withdrawn) for brake in asked] == [(12, 6)]
    assert (consents(place), imports.all_imports(place)) == ({}, [])
    with pytest.raises(BadTag):
        imports.import_list(place, as_file(sheet), "people.csv", "yes", Options(tags=["a;b"], go_on=lambda _: True))
    assert not consents(place)
    imports.import_list(place, as_file(sheet), "people.csv", "yes", Options(go_on=lambda _: True))
    assert sorted(consents(place).values()) == ["confirmed"] * 6 + ["withdrawn"] * 6


def test_the_whole_list_has_every_no_also_of_addresses_that_are_not_on_it(
    place: ListFolder, cast: Cast, folder: Folders
) -> None:
    suppressions.add(place, "Gone@Example.org", "wrote a letter")
    assert not suppressions.remove(place, "ada@example.org").changed
    out = {as_json: io.StringIO() for as_json in (False, True)}
    for as_json, file in out.items():
        assert people.export(place, file, None, as_json, silent) == 4
    rows = {row["email"]: row["suppressed"] for row in csv.DictReader(io.StringIO(out[False].getvalue()))}
    lines = {line["email"]: line["suppressed"] for line in map(json.loads, out[True].getvalue().splitlines())}
    assert (rows["gone@example.org"], rows["dot@example.org"]) == ("asked", "bounced")
    assert lines["gone@example.org"]["detail"] == "wrote a letter"
    part = io.StringIO()
    assert people.export(place, part, "domain:example.org", False, silent) == 4
    assert "gone@" not in part.getvalue()
    other = folder("other", SECRET_KEY=KEY)
    setup.upgrade_database(other)
    imports.import_list(other, as_file(out[False].getvalue()), "people.csv", "yes", Options(go_on=lambda _: True))
    with suppressions.everything(other) as stops:
        assert [(stop["address"], stop["reason"]) for stop in stops] == [
            ("dot@example.org", "bounced"),
            ("gone@example.org", "asked"),
        ]


def test_a_no_given_to_the_organiser_stays_a_no(place: ListFolder, cast: Cast) -> None:
    assert person.unsubscribe(place, " ADA@example.org ") == person.Changed("ada@example.org", True)
    assert not person.unsubscribe(place, "ada@example.org").changed
    with pytest.raises(UnknownSubscriber):
        person.unsubscribe(place, "nobody@example.org")
    for address in ("ada@example.org", "dot@example.org"):  # she unsubscribed, and mail to the other bounced
        with pytest.raises(NotToBeAdded):
            by_hand.add(place, address, "News by email")
    with pytest.raises(NotToBeAdded):
        by_hand.add(place, "zoe@example.org", " ")
    assert by_hand.add(place, "Zoe@example.org", "News", Details("Zoë", fields={"Home Town": " Bala "}))[1] == "added"
    assert by_hand.change(place, "zoe@example.org", Details(last_name="Pugh")) == "zoe@example.org"
    with pytest.raises(BadField):
        by_hand.change(place, "zoe@example.org", Details("Zed", fields={"!": "x"}))
    known = person.everything(place, "zoe@example.org")["subscriber"]
    assert (known["first_name"], known["last_name"], known["fields"]) == ("Zoë", "Pugh", {"home_town": "Bala"})
    report = imports.import_stops(place, as_file("zoe@example.org\n"), "stops.csv", SuppressionReason.COMPLAINED)
    assert (report.suppressed, consents(place)["ada"]) == (1, "withdrawn")


def test_a_tag_goes_to_addresses_or_to_a_segment_and_to_nobody_by_mistake(place: ListFolder, cast: Cast) -> None:
    doubts: list[str] = []
    assert people.tag(place, " north ", ["Ada@example.org", "ben@example.org"], silent) == 2
    assert people.tag(place, "new", "tag:north", silent) == 2
    assert people.untag(place, "new", "tag:nroth", doubts.append) == 0
    assert doubts == ["Nobody has the tag nroth; did you mean north?"]
    with pytest.raises(UnknownSubscriber):
        people.tag(place, "south", ["cleo@example.org", "cloe@example.org"], silent)
    assert people.tag(place, "south", (), silent) == 0
    assert people.tags(place) == [("new", 2), ("north", 2)]
    kept = segments.save(place, "northerners", "tag:north", silent)
    assert (kept.recipients, kept.new, segments.save(place, "northerners", "tag:north", silent).new) == (1, True, False)
    with segments.recipients(place, "northerners", silent) as written_to:
        assert [each.address for each in written_to] == ["ada@example.org"]  # Ben has not said yes
    assert [each.expression for each in segments.all_segments(place)] == ["tag:north"]
    assert topics.save(place, "events", " Events ", {"cy": "Digwyddiadau"})
    assert [(each.titles["en"], each.declined) for each in topics.all_topics(place)] == [("Events", 0)]


def test_the_organiser_looks_before_a_person_is_erased(
    place: ListFolder, issue_for: Callable[..., Issue], folder: Folders, database_url: str
) -> None:
    issue_for("ada", "eve")
    found = person.look_at_erasure(place, " Ada@example.org")
    assert (found.address, found.listed, found.deliveries) == ("ada@example.org", True, 1)
    assert set(consents(place)) == {"ada", "eve"}
    done = person.erase(place, "ada@example.org")
    assert (done.deliveries, set(consents(place))) == (1, {"eve"})
    report = imports.import_list(place, as_file("email\nada@example.org\n"), "people.csv", "yes")
    assert (report.suppressed, set(consents(place))) == (1, {"eve"})
    lost = folder("lost", DATABASE_URL=database_url, SECRET_KEY="another key, as long as the first one")
    with pytest.raises(ForgottenKey):
        person.everything(lost, "eve@example.org")
    assert person.look_at_erasure(lost, "eve@example.org").deliveries == 1  # a lost key keeps nobody from erasing
    assert not person.look_at_erasure(lost, "ada@example.org").listed


def test_a_mail_that_came_back_is_recorded_once_from_a_file_or_a_pipe(
    place: ListFolder, issue_for: Callable[..., Issue], engine: Engine, tmp_path: Path
) -> None:
    issue_for("ada", "eve")
    with writing(engine) as connection:
        connection.execute(update(deliveries).values(state=State.UNCERTAIN))
        eve = connection.execute(select(subscribers.c.id).filter_by(address="eve@example.org")).scalar_one()
    subject = LinkSigner([KEY], LIST).unsubscribe_mail("bounces@example.org", eve, 1).partition("=")[2]
    mail = f"From: eve@example.org\r\nTo: bounces@example.org\r\nSubject: {subject}\r\n\r\n".encode()
    (tmp_path / "a.eml").write_bytes(mail)
    told: list[tuple[str, bool]] = []

    def tell(mail: Incoming, result: FeedbackResult) -> None:
        told.append((result.kind, result.new))

    bounces.process(place, bounces.files([tmp_path]), tell, dry_run=True)
    assert (consents(place)["eve"], bounces.feedback(place)) == ("confirmed", [])
    counts = bounces.process(place, bounces.files([tmp_path]), tell)
    assert counts == {bounces.MAILS: 1, FeedbackKind.UNSUBSCRIBE: 1, bounces.SETTLED: 1}
    counts = bounces.process(place, bounces.piped(place, io.BytesIO(mail), ""), tell)
    assert counts == {bounces.MAILS: 1, FeedbackKind.UNSUBSCRIBE: 1, bounces.KNOWN: 1}
    assert told == [
        (FeedbackKind.UNSUBSCRIBE, True),
        (FeedbackKind.UNSUBSCRIBE, True),
        (FeedbackKind.UNSUBSCRIBE, False),
    ]
    assert consents(place)["eve"] == "withdrawn"
    for found in (bounces.feedback(place), bounces.feedback(place, 1), bounces.feedback(place, 1, "Eve@example.org")):
        assert [(event.address, event.kind) for event in found] == [("eve@example.org", FeedbackKind.UNSUBSCRIBE)]
    assert not bounces.feedback(place, 1, "ada@example.org")


def test_a_folder_is_made_ready_wherever_the_program_runs_and_nothing_in_it_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    place = ListFolder(tmp_path / "a? #folder%41")
    with pytest.raises(DatabaseError):
        _ = place.engine
    steps: list[setup.EnvFile] = []
    known: list[Mapping[str, str]] = []

    def ask(settings: Settings, of_preset: Mapping[str, str]) -> dict[str, str]:
        known.append(dict(of_preset))
        return {"organisation": "Gŵyl Fach"}

    ready = setup.make_ready(place, "brevo", ask, steps.append)
    env = place.folder / ".env"
    first = env.read_text(encoding="utf-8")
    assert (steps[0].new, env.stat().st_mode & 0o777) == (True, 0o600)
    assert known[0]["smtp_host"] == PRESETS["brevo"].host
    assert set(ready.missing) == {"NEWSLETTER_POSTAL_ADDRESS", "NEWSLETTER_FROM"}
    again = ListFolder(place.folder)
    setup.make_ready(again, "brevo", None, steps.append)
    assert (steps[1].new, steps[1].added, env.read_text(encoding="utf-8")) == (False, (), first)
    shown = setup.settings_shown(again)
    assert (shown["NEWSLETTER_ORGANISATION"], shown["NEWSLETTER_SECRET_KEY"]) == ("Gŵyl Fach", setup.NOT_SHOWN)
    by_hand.add(again, "ada@example.org", "News")
    with reading(again.engine) as connection:
        assert connection.scalars(select(subscribers.c.address)).all() == ["ada@example.org"]
    assert (again.folder / "newsletter.db").is_file()
    assert not [*elsewhere.iterdir()]


def test_a_folder_is_closed_and_opens_again_and_its_key_lies_beside_its_settings(
    folder: Folders, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = folder("ours", DKIM_KEY_FILE="dkim.pem")
    monkeypatch.chdir(tmp_path)
    assert place.settings.dkim_key_file == str(place.folder / "dkim.pem")
    assert setup.upgrade_database(place)
    first = place.engine
    place.close()
    place.close()
    assert place.engine is not first
    with reading(place.engine) as connection:
        assert connection.scalar(select(1)) == 1
