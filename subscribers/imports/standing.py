"""What other programs' columns say about whether somebody wants mail; pure.

A column of words (`Status: cleaned`), of yes and no (`Do Not Email: 1`) or of times (`UNSUB_TIME: 2024-05-06`) in; how
somebody stands out. A word that nobody has taught us raises BadRow: whoever is not understood is not written to.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

from subscribers.consent import Consent
from subscribers.suppression import Reason


class BadRow(Exception):
    """One record cannot be taken; the argument says why, and never leaves this package."""


class Standing(IntEnum):
    """How somebody stands where a list comes from. Where two columns disagree, the higher number counts."""

    CONFIRMED = 1
    PENDING = 2
    WITHDRAWN = 3
    ASKED = 4
    BOUNCED = 5
    COMPLAINED = 6

    @property
    def consent(self) -> Consent | None:
        """What they said, where that is what it means."""
        return _CONSENT.get(self)

    @property
    def suppression(self) -> Reason | None:
        """Why their address must not be written to, where it must not."""
        return _SUPPRESSION.get(self)

    @property
    def meaning(self) -> str:
        """Say it in words."""
        return _MEANING[self]


Reading = Callable[[str], Standing | None]
"""Reads a cell; None: it says nothing. Raises BadRow."""


@dataclass(frozen=True, slots=True)
class StandingColumn:
    """A column that says how somebody stands: where it is, what its header is, and how its cells are read."""

    at: int
    header: str
    read: Reading


def reading_of(name: str) -> Reading | None:
    """Find out how the cells of a column so named are read; None: it says nothing about wanting mail."""
    if name in _WORD_COLUMNS or _MAIL_STATUS.fullmatch(name):
        return _word
    if name in _TIMES:
        return _time(_TIMES[name])
    return _flag(*_FLAGS[name]) if name in _FLAGS else None


def judged(columns: Sequence[StandingColumn], values: Sequence[str]) -> tuple[Standing | None, str]:
    """Say how somebody stands by all `columns`, and the header of the one that counts. Raises BadRow."""
    found: tuple[Standing | None, str] = (None, "")
    for column in columns:
        try:
            said = column.read(values[column.at])
        except BadRow as error:
            why = f'its "{column.header}" is {error}. If that is about something else: --field "{column.header}"'
            raise BadRow(why) from None
        if said is not None and (found[0] is None or said > found[0]):
            found = (said, column.header)
    return found


@lru_cache(maxsize=1024)
def _word(text: str) -> Standing | None:
    plain = re.sub(r"[\s_-]+", " ", text.strip().lower())
    if not plain:
        return None
    for standing, words in _WORDS.items():
        if plain in words:
            return standing
    raise BadRow(f'"{text[:40]}", which does not say whether they want mail')


def _flag(if_so: Standing | None, if_not: Standing | None) -> Reading:
    @lru_cache(maxsize=64)
    def read(text: str) -> Standing | None:
        plain = text.strip().lower()
        if not plain:
            return None
        if "hold" in plain or "opt" in plain:  # CiviCRM: "On Hold Bounce", "On Hold Opt Out"
            return Standing.WITHDRAWN if "opt" in plain else Standing.BOUNCED
        if plain in _YES:
            return if_so
        if plain in _NO:
            return if_not
        raise BadRow(f'"{text[:40]}", and neither yes nor no')

    return read


def _time(then: Standing) -> Reading:
    def read(text: str) -> Standing | None:
        return then if text.strip(" 0-:.TZ") else None  # 0000-00-00 00:00:00 is never

    return read


_CONSENT = {
    Standing.CONFIRMED: Consent.CONFIRMED,
    Standing.PENDING: Consent.PENDING,
    Standing.WITHDRAWN: Consent.WITHDRAWN,
}
_SUPPRESSION = {
    Standing.ASKED: Reason.ASKED,
    Standing.BOUNCED: Reason.BOUNCED,
    Standing.COMPLAINED: Reason.COMPLAINED,
}
_MEANING = {
    Standing.CONFIRMED: "said yes",
    Standing.PENDING: "has not said yes",
    Standing.WITHDRAWN: "unsubscribed",
    Standing.ASKED: "is never to be written to",
    Standing.BOUNCED: "mail to it bounces",
    Standing.COMPLAINED: "reported mail as spam",
}

_WORD_COLUMNS = {
    "consent", "status", "subscribed_status", "opt_in_status", "optin_status", "member_status", "statws", "caniatad",
}  # fmt: skip
_MAIL_STATUS = re.compile(r".*(e_?mail|subscri|newsletter|marketing|mailing|contact|bulk).*_?(status|consent)(_\d)?")
_WORDS = {
    Standing.CONFIRMED: {
        "confirmed", "subscribed", "yes", "active", "enabled", "opted in", "opt in", "optin", "double opt in", "ie",
        "single opt in", "confirmed opt in", "explicit", "true", "1", "on", "valid", "ok",
        "tanysgrifiwyd", "cadarnhawyd", "wedi tanysgrifio", "wedi cadarnhau", "gweithredol",
    },
    Standing.PENDING: {
        "pending", "unconfirmed", "not confirmed", "non subscribed", "nonsubscribed", "never subscribed", "unknown",
        "transactional", "awaiting confirmation", "no consent", "not subscribed",
        "heb gadarnhau", "heb ei gadarnhau", "heb danysgrifio", "yn aros",
    },
    Standing.WITHDRAWN: {
        "withdrawn", "unsubscribed", "unsubscribe", "no", "na", "opted out", "opt out", "optout", "removed", "disabled",
        "inactive", "false", "0", "off", "archived", "deleted", "do not email", "do not mail", "deactivated",
        "on hold opt out", "dad danysgrifiwyd", "wedi dad danysgrifio", "nage", "nac oes", "nac ydw", "anweithredol",
    },
    Standing.ASKED: {"blocklisted", "blacklisted", "blocked", "blocklist", "suppressed", "suppression", "asked"},
    Standing.BOUNCED: {
        "cleaned", "bounced", "bounce", "bouncing", "hard bounce", "hard bounced", "hardbounce", "undeliverable", "bad",
        "unreachable", "invalid", "on hold", "on hold bounce", "bad address", "not valid",
    },
    Standing.COMPLAINED: {
        "complained", "complaint", "spam", "spam complaint", "spam report", "abuse", "marked as spam", "junk",
    },
}  # fmt: skip

_YES = {"1", "yes", "y", "true", "t", "on", "x", "ie", "ydw", "✓"}
_NO = {"0", "no", "n", "false", "f", "off", "na", "nac ydw", "-"}
_FLAGS: dict[str, tuple[Standing | None, Standing | None]] = {
    **dict.fromkeys(
        ("do_not_email", "no_bulk_emails_user_opt_out", "no_bulk_emails", "is_opt_out", "opt_out", "opted_out",
         "optout", "unsubscribed", "email_opt_out", "has_opted_out_of_email", "email_disabled", "disabled"),
        (Standing.WITHDRAWN, None),
    ),
    **dict.fromkeys(
        ("blacklisted", "blocklisted", "blocked", "suppressed", "is_blacklisted", "is_blocklisted", "never_email"),
        (Standing.ASKED, None),
    ),
    **dict.fromkeys(
        ("on_hold", "email_on_hold", "bounced", "hard_bounced", "email1_is_bad", "email_is_bad", "undeliverable"),
        (Standing.BOUNCED, None),
    ),
    **dict.fromkeys(("complained", "spam_complaint", "marked_as_spam"), (Standing.COMPLAINED, None)),
    **dict.fromkeys(
        ("subscribed", "subscribed_to_emails", "email_opt_in", "opt_in", "opted_in", "is_subscribed",
         "accepts_marketing", "accepts_email_marketing", "email_opted_in", "active_subscription"),
        (Standing.CONFIRMED, Standing.WITHDRAWN),
    ),
    "confirmed": (Standing.CONFIRMED, Standing.PENDING),
}  # fmt: skip
_TIMES = {
    **dict.fromkeys(
        ("unsub_time", "unsubscribed_at", "unsubscribe_date", "unsubscribed_on", "unsubscribe_time", "optout_time",
         "opt_out_time", "date_unsubscribed", "unsubscribed_date"),
        Standing.WITHDRAWN,
    ),
    **dict.fromkeys(("clean_time", "cleaned_at", "bounced_at", "bounce_date", "date_bounced"), Standing.BOUNCED),
    **dict.fromkeys(("complained_at", "complaint_date"), Standing.COMPLAINED),
}  # fmt: skip
