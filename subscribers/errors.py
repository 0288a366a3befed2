"""What can go wrong with the list, said so that an organiser knows what to do.

An exception's docstring is its message, its keyword arguments fill the message's gaps, and the class
carries the exit code of the command that met it.
"""

import inspect


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
