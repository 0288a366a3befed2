"""What can go wrong with the list, in words that tell an organiser what to do.

An exception's docstring is its message, and its keyword arguments fill the gaps of that message. The class
sets the exit code of the command that raised it.
"""

import inspect
from collections.abc import Sequence
from typing import Any


class Explained(Exception):
    """Something went wrong."""

    exit_code = 1

    def __init__(self, **particulars: object) -> None:
        super().__init__(particulars)
        self.particulars = particulars

    def __str__(self) -> str:
        return " ".join(inspect.cleandoc(self.__doc__ or "").split()).format(**self.particulars)


class SubscribersError(Explained):
    """The subscriber list could not be used."""


class BadAddress(SubscribersError):
    """{text!r} is not an address mail can be sent to: {why}"""


class BadLink(SubscribersError):
    """This link is not one of ours, or it lost a piece on the way."""


class TooManyRequests(SubscribersError):
    """More has been asked for from network {network}, or from everywhere, than can wait."""


class UnreadableList(SubscribersError):
    """{file} cannot be read as a list of subscribers: {why}"""


class UnknownSubscriber(SubscribersError):
    """{address} is not on the list."""


class ForgottenKey(SubscribersError):
    """{number} of the people who asked to be forgotten cannot be recognised without the secret key of that time.

    Put it into NEWSLETTER_OLD_SECRET_KEYS (or NEWSLETTER_SECRET_KEY), because they must not be brought back by mistake.
    """

    exit_code = 4


class BadSegment(SubscribersError):
    """{text}: column {column}: {why}"""

    exit_code = 2


class UnknownSegment(SubscribersError):
    """There is no segment called {name}; `newsletter segments list` names those there are."""


class UnknownTopic(SubscribersError):
    """There is no topic called {slug}; `newsletter topics list` names those there are, `topics add` makes one."""

    exit_code = 5


class BadTopic(SubscribersError):
    """The topic {slug!r} cannot be kept: {why}."""

    exit_code = 2


class BadSegmentName(SubscribersError):
    """A segment cannot be called {name!r}: small letters, digits, - and _ make a name, and no colon."""

    exit_code = 2


class BadTag(SubscribersError):
    """{tag!r} cannot be a tag: 1 to 100 characters make one, on one line and without a semicolon."""

    exit_code = 2


class BadField(SubscribersError):
    """{text!r} is no field: write its name and its value, as town=Cardiff."""

    exit_code = 2


class NotToBeAdded(SubscribersError):
    """{address} is not added: {why}."""

    exit_code = 5


class ColumnsToExplain(SubscribersError):
    """{file}: {what} Nothing was imported. {then}"""

    exit_code = 5

    @classmethod
    def about(cls, file: str, questions: Sequence[tuple[str, Any]]) -> "ColumnsToExplain":
        """Make the error from questions, each with the name of the list that it is about."""
        columns = [question.column for _, question in questions if question.column]
        sentences = [_asked(name if name != file else "", question) for name, question in questions]
        ways = []
        if columns:
            ways.append(" ".join(f'--field "{column}"' for column in columns[:5]) + " keeps it as a mere field.")
            ways.append(f'--consent-column "{columns[0]}" says that it tells who wants mail')
            ways.append("(and --means-yes WORD, which words of it mean yes).")
        if any(not question.column and "dates" not in question.why for _, question in questions):
            ways.append("If they do not want mail: `newsletter suppress import FILE`.")
            ways.append("If they do, give the file or sheet another name.")
        found = cls(file=file, what=" ".join(sentences), then=" ".join(ways))
        found.questions = [{"list": name, **question.as_json()} for name, question in questions]
        return found

    questions: Sequence[dict[str, Any]] = ()

    def as_json(self) -> dict[str, Any]:
        """Show it as an object, for other programs."""
        return {"stopped": "columns", "questions": list(self.questions)}


class BrakeHolds(SubscribersError):
    """Nothing was imported, because half of this list would not be written to: {what}.

    If that is right, the same command with --yes imports it. If not, --dry-run --yes shows what each column was taken
    for.
    """

    exit_code = 5

    def as_json(self) -> dict[str, Any]:
        """Show it as an object, for other programs."""
        brake: Any = self.particulars["what"]
        return {"stopped": "brake", **brake.as_json()}


class UnknownImport(SubscribersError):
    """There is no import {number}; `newsletter imports list` names those there are."""


class AlreadyTakenBack(SubscribersError):
    """Import {number} was taken back on {day}."""


def _asked(name: str, question: Any) -> str:
    values = f" ({', '.join(f'“{value}”' for value in question.values)})" if question.values else ""
    where = f" of {name}" if name else ""
    if not question.column:
        return f"{name or 'It'}: {question.why}{values if 'dates' in question.why else ''}."
    return f"Nobody has said what the column “{question.column}”{where} means: {question.why}{values}."
