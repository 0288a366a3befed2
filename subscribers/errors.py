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
    """{text!r} is not an email address: {why}"""


class BadLink(SubscribersError):
    """This is not one of our links, or part of it is missing."""


class TooManyRequests(SubscribersError):
    """Too many requests are waiting, from the network {network} or in all. Try again later."""


class UnreadableList(SubscribersError):
    """{file} cannot be read as a list of subscribers: {why}"""


class UnknownSubscriber(SubscribersError):
    """{address} is not on the list."""


class ForgottenKey(SubscribersError):
    """The secret key has changed, so {number} people who asked to be erased cannot be recognised, and an import might
    bring them back. Put the earlier key into NEWSLETTER_OLD_SECRET_KEYS."""

    exit_code = 4


class BadSegment(SubscribersError):
    """{why}"""

    exit_code = 2


class UnknownSegment(SubscribersError):
    """There is no segment called {name}. `newsletter segments list` shows your segments."""


class UnknownTopic(SubscribersError):
    """There is no topic called {slug}. `newsletter topics list` shows your topics, and `newsletter topics add` makes a
    new one."""

    exit_code = 5


class BadTopic(SubscribersError):
    """The topic {slug!r} cannot be saved: {why}."""

    exit_code = 2


class BadSegmentName(SubscribersError):
    """A segment cannot be called {name!r}. Use only small letters, digits, - and _, as in young-volunteers."""

    exit_code = 2


class BadTag(SubscribersError):
    """{tag!r} cannot be a tag. A tag is 1 to 100 characters on one line, without a semicolon."""

    exit_code = 2


class BadField(SubscribersError):
    """{text!r} is not a field. Write its name and its value, such as town=Cardiff."""

    exit_code = 2


class NotToBeAdded(SubscribersError):
    """{address} was not added: {why}."""

    exit_code = 5


class ColumnsToExplain(SubscribersError):
    """{file}: {what} Nothing was imported. {then}"""

    exit_code = 5

    @classmethod
    def about(cls, file: str, questions: Sequence[tuple[str, Any]]) -> "ColumnsToExplain":
        """Make the error from questions, each with the name of the list that it is about."""
        columns = [question.column for _, question in questions if question.column]
        sentences = [_asked(name if name != file else "", question) for name, question in questions]
        commands = []
        if columns:
            fields = " ".join(f'--field "{column}"' for column in columns[:5])
            commands.append(f"If it has nothing to do with consent, add {fields}.")
            commands.append(f'If it says who wants email, add --consent-column "{columns[0]}",')
            commands.append("and --means-yes WORD for each word that means yes.")
        if any(not question.column and "dates" not in question.why for _, question in questions):
            commands.append("If these people do not want email: `newsletter suppress import FILE`.")
            commands.append("If they do, give the file or sheet another name.")
        found = cls(file=file, what=" ".join(sentences), then=" ".join(commands))
        found.questions = [{"list": name, **question.as_json()} for name, question in questions]
        return found

    questions: Sequence[dict[str, Any]] = ()

    def as_json(self) -> dict[str, Any]:
        """Show it as an object, for other programs."""
        return {"stopped": "columns", "questions": list(self.questions)}


class BrakeHolds(SubscribersError):
    """Nothing was imported, because at least half of the people on this list would get no email: {what}.

    If that is right, run the same command with --yes. If not, run it with --dry-run --yes to see what each column was
    taken to mean.
    """

    exit_code = 5

    def as_json(self) -> dict[str, Any]:
        """Show it as an object, for other programs."""
        brake: Any = self.particulars["what"]
        return {"stopped": "brake", **brake.as_json()}


class UnknownImport(SubscribersError):
    """There is no import {number}. `newsletter imports list` shows your imports."""


class AlreadyTakenBack(SubscribersError):
    """Import {number} was already undone, on {day}."""


def _asked(name: str, question: Any) -> str:
    values = f" ({', '.join(f'“{value}”' for value in question.values)})" if question.values else ""
    where = f" of {name}" if name else ""
    if not question.column:
        return f"{name or 'It'}: {question.why}{values if 'dates' in question.why else ''}."
    return f"It is not clear what the column “{question.column}”{where} means: {question.why}{values}."
