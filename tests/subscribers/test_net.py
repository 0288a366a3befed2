"""A column nobody has explained that may say no stops an import; one that is harmless does not."""

import io
import shutil
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, func, select

from newsletter.database.engine import open_database, reading, writing
from subscribers.errors import BrakeHolds, ColumnsToExplain, UnreadableList
from subscribers.imports import BATCH, ConsentEvidence, ImportReport, Options, import_subscribers
from subscribers.imports.status import ImportedStatus
from subscribers.imports.vocabulary import NO, STATES
from subscribers.tables import imports, subscribers, suppressions
from tests.conftest import NOON
from tests.examples import examples

EVIDENCE = ConsentEvidence("Yes, news please", "import people.csv", NOON)
AS_IT_COMES = Options()

HARMLESS = {
    "Country": ["NO", "GB", "NO", "NO"],
    "Adopted": ["yes", "no", "", "no"],
    "Contact name": ["Ann", "Huw", "", "Sue"],
    "Mailing address": ["1 Mill Lane", "2 Mill Lane", "", ""],
    "State of residence": ["Ohio", "Iowa", "", ""],
    "Vegetarian": ["no", "no", "yes", "no"],
    "Newsletter of": ["Cwm branch", "Bala branch", "", ""],
    "Marital status": ["single", "married", "", ""],
    "Diet": ["Vegetarian: no", "Vegan: no", "", ""],
    "Bus": ["No 12", "No. 7 bus", "9", ""],
    "Guests": ["1", "1", "1", "1"],
    "Last contacted": ["2024-01-02", "2024-01-03", "", ""],
    "Badge number": ["0", "1", "7", "12"],
    "Notes": ["Moved to Rhyl", "has no car", "", "plays the harp"],
    "Joined by": ["stall", "friend", "unknown", "petition"],
}
SMELLING = [
    "Newsletter?", "Opt-in 2024", "emailOptOut", "GDPR", "Permission to email", "Please do not contact", "DNC", "Unsub", "Status 2", "state", "Bounce type", "Bad email",
    "Has died", "Contact by email", "Mailing list", "Caniatâd e-bostio", "Cylchlythyr", "Einwilligung", "Abgemeldet am", "Newsletter-Abo", "Consentement",
    "Désinscrit", "Boletín", "Dado de baja", "Spam", "Can we email them", "Happy to be emailed", "subscription",
]  # fmt: skip


@pytest.fixture
def sqlite(sqlite_template: Path, tmp_path: Path) -> Engine:
    """A database of its own, because nothing here depends on which it is."""
    return open_database(f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'net.db')}")


def take(engine: Engine, text: str, options: Options = AS_IT_COMES, name: str = "") -> ImportReport:
    file = io.BytesIO(text.encode())
    if name:
        file.name = name
    return import_subscribers(partial(writing, engine), file, EVIDENCE, options=options)


def column(header: str, cells: list[str]) -> str:
    rows = [f'p{number}@example.org,"{cell}"' for number, cell in enumerate(cells)]
    return "\n".join([f'email,"{header}"', *rows, ""])


def confirmed(engine: Engine) -> set[str]:
    with reading(engine) as connection:
        stopped = set(connection.scalars(select(suppressions.c.address)))
        query = select(subscribers.c.address).where(subscribers.c.consent == "confirmed")
        return {address.partition("@")[0] for address in set(connection.scalars(query)) - stopped}


def test_harmless_columns_stop_nothing_and_stay_what_they_are(sqlite: Engine) -> None:
    for number, (header, cells) in enumerate(HARMLESS.items()):
        rows = column(header, cells).replace("@", f"@{number}.")
        assert take(sqlite, rows).added == len(cells), header
    everything = "\n".join(
        ",".join(f'"{cell}"' for cell in (address, *cells))
        for address, *cells in zip(
            ("email", *(f"q{number}@example.org" for number in range(4))),
            *([header, *cells] for header, cells in HARMLESS.items()),
            strict=True,
        )
    )
    assert take(sqlite, everything).added == 4


def test_a_name_that_smells_of_refusal_or_consent_stops_the_import(sqlite: Engine) -> None:
    passed: list[str] = []
    for header in SMELLING:
        try:
            take(sqlite, column(header, ["perhaps", "we'll see", "blue"]))
        except ColumnsToExplain as stopped:
            ways = f'--field "{header}"' in str(stopped) and f'--consent-column "{header}"' in str(stopped)
            passed += [] if ways and stopped.exit_code == 5 else [header]
        else:
            passed.append(header)
    assert passed == []
    with reading(sqlite) as connection:
        assert connection.scalar(select(func.count()).select_from(subscribers)) == 0
        assert connection.scalar(select(func.count()).select_from(imports)) == 0


NOES = sorted(NO | {word for status, words in STATES.items() if status > ImportedStatus.PENDING for word in words})
YESES = ["yes", "subscribed", "active", "Yes please", "1", "ie", "oui"]
HEADERS = [
    "x",
    "Column 7",
    "Answer",
    "Q3",
    "Wedi gofyn",
    "opt",
    "consent",
    "status",
    "May we write?",
    "Tick",
    "ö",
    "note",
    "Remarks",
]


@examples(120, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(HEADERS),
    st.lists(st.one_of(st.sampled_from(NOES), st.sampled_from(YESES), st.just("")), min_size=1, max_size=14),
    st.sampled_from([str, str.upper, str.title]),
    st.integers(0, 2),
)
def test_whoever_says_no_in_a_word_that_is_known_is_never_confirmed(
    sqlite: Engine, header: str, cells: list[str], spelt: object, place: int
) -> None:
    assert callable(spelt)
    with writing(sqlite) as connection:
        for table in (subscribers, suppressions, imports):
            connection.execute(delete(table))
    cells = [spelt(cell) for cell in cells]
    columns = {"email": [f"p{number}@example.org" for number in range(len(cells))], "town": ["Bala"] * len(cells)}
    names = [*columns]
    names.insert(place, header)
    rows = [names, *([columns.get(name, cells)[number] for name in names] for number in range(len(cells)))]
    text = "\n".join(",".join(f'"{cell}"' for cell in row) for row in rows)
    try:
        take(sqlite, text, Options(go_on=lambda brake: True))
    except ColumnsToExplain:
        return
    noes = {f"p{number}" for number, cell in enumerate(cells) if cell.lower() in NOES}
    assert not noes & confirmed(sqlite)


def test_the_organiser_says_what_a_column_means(sqlite: Engine) -> None:
    text = column("state", ["subscribed", "unsubscribed", "bounced", ""])
    report = take(sqlite, text, Options(consent_columns=["State"]))
    assert (report.added, report.suppressed) == (3, 1)
    assert confirmed(sqlite) == {"p0"}
    other = column("Wants it", ["oh yes", "rather not", "maybe"]).replace("@", "@b.")
    with pytest.raises(ColumnsToExplain):
        take(sqlite, column("Newsletter", ["oh yes", "rather not"]))
    take(sqlite, other, Options(consent_columns=["Wants it"], yes_words=["oh yes"]))
    assert confirmed(sqlite) == {"p0"} | {"p0"}
    with reading(sqlite) as connection:
        yes = select(subscribers.c.address).where(subscribers.c.consent == "confirmed")
        assert set(connection.scalars(yes)) == {"p0@example.org", "p0@b.example.org"}


def test_yes_to_a_refusal_is_a_no(sqlite: Engine) -> None:
    text = column("Do not contact", ["yes", "no", ""])
    report = take(sqlite, text, Options(consent_columns=["Do not contact"]))
    assert (report.added, report.suppressed) == (2, 1)
    assert confirmed(sqlite) == {"p1", "p2"}


def test_one_refusal_among_notes_stops_a_long_list_and_leaves_nothing(sqlite: Engine) -> None:
    rows = [f"p{number}@example.org,note {number}" for number in range(2 * BATCH)]
    rows.append("last@example.org,Unsubscribed")
    with pytest.raises(ColumnsToExplain, match=r"(?i)unsubscribed"):
        take(sqlite, "\n".join(["email,remarks", *rows]))
    with reading(sqlite) as connection:
        assert connection.scalar(select(func.count()).select_from(subscribers)) == 0


def test_a_file_named_for_refusals_is_no_list_of_supporters(sqlite: Engine) -> None:
    for name in ("unsubscribed.csv", "Bounced addresses.csv", "suppression-list.csv", "dad-danysgrifiwyd.csv"):
        with pytest.raises(ColumnsToExplain, match="suppress import"):
            take(sqlite, "email\nann@example.org\n", name=name)


def test_the_brake_holds_where_half_of_ten_rows_would_be_refused(sqlite: Engine) -> None:
    half = "".join(f"p{number}@example.org,{'unsubscribed' if number % 2 else 'subscribed'}\n" for number in range(10))
    with pytest.raises(BrakeHolds) as held:
        take(sqlite, f"email,status\n{half}")
    assert held.value.exit_code == 5
    assert confirmed(sqlite) == set()
    assert take(sqlite, f"email,status\n{half}", Options(go_on=lambda brake: brake.withdrawn == 5)).added == 10
    nine = "".join(f"q{number}@example.org,unsubscribed\n" for number in range(9))
    assert take(sqlite, f"email,status\n{nine}").added == 9
    stops = [{"address": f"s{number}@example.org", "reason": "asked", "detail": "", "at": NOON} for number in range(10)]
    with writing(sqlite) as connection:
        connection.execute(suppressions.insert(), stops)
    known = "".join(f"s{number}@example.org\n" for number in range(10)) + "new@example.org\n"
    with pytest.raises(BrakeHolds):
        take(sqlite, f"email\n{known}")
    assert "new" not in confirmed(sqlite)


def test_dates_are_told_apart_by_the_whole_column_or_asked(sqlite: Engine) -> None:
    def joined(name: str) -> str:
        with reading(sqlite) as connection:
            found = select(subscribers.c.joined_at).where(subscribers.c.address == f"{name}@example.org")
            return f"{connection.scalar(found):%Y-%m-%d}"

    take(sqlite, "email,subscribed_on\na@example.org,03/04/2024\nb@example.org,25/12/2023\n")
    assert joined("a") == "2024-04-03"
    take(sqlite, "email,subscribed_on\nc@example.org,03/04/2024\nd@example.org,12/25/2023\n")
    assert joined("c") == "2024-03-04"
    with pytest.raises(ColumnsToExplain, match="day-first"):
        take(sqlite, "email,subscribed_on\ne@example.org,03/04/2024\n")
    take(sqlite, "email,subscribed_on\ne@example.org,03/04/2024\n", Options(dates="day-first"))
    assert joined("e") == "2024-04-03"
    report = take(sqlite, "email,subscribed_on\nf@example.org,last May\n")
    assert "cannot be read" in report.reasons[0].why


def test_the_report_of_an_import_is_no_list(sqlite: Engine) -> None:
    with pytest.raises(UnreadableList, match="report of an earlier import"):
        take(sqlite, "line,address,outcome,why,more\n2,a@example.org,added,,\n")
