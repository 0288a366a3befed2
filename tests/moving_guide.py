"""docs/moving.md, written from what the importer knows of each program, so that it cannot say anything else."""

from collections.abc import Iterator, Mapping

from subscribers.imports.programs import Program, programs
from subscribers.imports.status import ImportedStatus

_BEGIN = """\
# Moving from Mailchimp, Substack, Ghost, …

Take your list out of the program you use now, and give the file to `newsletter`:

    newsletter subscribers import people.csv --consent "Yes, email me your updates" --dry-run
    newsletter subscribers import people.csv --consent "Yes, email me your updates"

The first line changes nothing and says what would happen. The last line of the report is how many people would get an
email if you sent one now: check that number before you send.

**A no stays a no.** People who unsubscribed, bounced, complained or never said yes where you come from get no email
from here. When they said yes, from where and to what is kept as evidence, if the file says so.

## Which files can be read

`.csv`, `.tsv`, `.xlsx`, `.ods`, a `.zip` as the program gave it to you, `.vcf`, `.json`, `.jsonl`, or the To: line of
an email, pasted into a text file. Anything else is refused, and the message says what to do instead.

## When the import stops

Nothing is imported, and the command ends with exit code 5, when

- **a column may say who wants email, and nobody has said so.** If it is about something else, `--field "Column"` keeps
  it as it is. If it says who wants email: `--consent-column "Column"`. Words that mean yes are known in English, Welsh,
  German, French and Spanish; `--means-yes WORD` names yours.
- **at least half of ten or more people would get no email.** If that is right, run it again with `--yes`.
- **dates can be read in two ways**, such as 03/04/2024: `--dates day-first` or `--dates month-first`.
- **the name of the file or sheet says these people do not want email**, as in unsubscribed.csv. Then use
  `newsletter suppress import unsubscribed.csv`.

## If it was the wrong file

    newsletter imports list
    newsletter imports undo 7

removes the people that import 7 added, and undoes what it changed. What has happened since stays: people who have
unsubscribed stay unsubscribed.

## The programs

Each is recognised by its columns. A column that is not named here becomes a field, once it is clear that it does not
say who wants email.
"""

_SAYS = {
    None: "nothing",
    ImportedStatus.CONFIRMED: "gets email",
    ImportedStatus.PENDING: "never said yes",
    ImportedStatus.WITHDRAWN: "unsubscribed",
    ImportedStatus.ASKED: "never email",
    ImportedStatus.BOUNCED: "bounced",
    ImportedStatus.COMPLAINED: "complained",
}


def moving_guide() -> str:
    """Write the guide."""
    known = sorted((each for each in programs() if not each.refused), key=lambda each: each.name.lower())
    return "\n".join([_BEGIN, *(line for program in known for line in _about(program))]).rstrip() + "\n"


def _about(program: Program) -> Iterator[str]:
    yield f"### {program.name}"
    yield ""
    yield program.export
    yield ""
    told = [*_rows(program)]
    if told:
        yield "| in the file | means |"
        yield "| --- | --- |"
        yield from (f"| {where} | {what} |" for where, what in told)
        yield ""
    if program.questions:
        yield "Questions that ask whether somebody wants email decide; no answer is no yes."
        yield ""


def _rows(program: Program) -> Iterator[tuple[str, str]]:
    for column, words in program.words.items():
        by_status: dict[ImportedStatus | None, list[str]] = {}
        for word, status in words.items():
            by_status.setdefault(status, []).append(word or "(empty)")
        for status, known in sorted(by_status.items(), key=lambda each: each[0] or 0):
            yield f"{_column(column)}: {', '.join(known)}", _SAYS[status]
    yield from _pairs(program.flags, "yes", "no")
    yield from _pairs(program.times, "filled in", "empty")
    for column, key in program.memberships.items():
        yield f"{_column(column)}: every {_column(key)} is unsubscribed", _SAYS[ImportedStatus.WITHDRAWN]
    for word, everybody in program.files.items():
        yield f"a file whose name holds “{word}”", _SAYS[everybody]


def _pairs(
    columns: Mapping[str, tuple[ImportedStatus | None, ImportedStatus | None]], one: str, other: str
) -> Iterator[tuple[str, str]]:
    for column, (if_so, if_not) in columns.items():
        yield f"{_column(column)}: {one}", _SAYS[if_so]
        if if_not:
            yield f"{_column(column)}: {other}", _SAYS[if_not]


def _column(pattern: str) -> str:
    """Show the pattern of a column as a person would write it, the first of several."""
    return f"`{pattern.split('|')[0].translate(str.maketrans('', '', '()?*.^$+')) or pattern}`".replace("\\", "")
