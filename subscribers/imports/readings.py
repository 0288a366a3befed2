"""One cell with a person's status in, the `ImportedStatus` out; pure.

The column may hold words (`Status: cleaned`), yes and no (`Do Not Email: 1`), times (`UNSUB_TIME: 2024-05-06`) or
answers (`May we email you? No thanks`). A word that we do not know raises BadRow.
"""

import re
from collections.abc import Collection, Mapping
from functools import lru_cache

from subscribers.imports.names import Smell, smell
from subscribers.imports.status import BadRow, ImportedStatus, StatusReading
from subscribers.imports.vocabulary import NO, YES, answer_of, folded, state_of

_YES = YES - {"sure", "ok", "okay"}


def reading_of(name: str) -> StatusReading | None:
    """Return how to read the cells of a column with this name, in any list; None: the name does not tell."""
    if name in _WORD_COLUMNS or _MAIL_STATUS.fullmatch(name):
        return word
    if name in _TIMES:
        return time(_TIMES[name])
    return flag(*_FLAGS[name]) if name in _FLAGS else None


def is_tick(name: str) -> bool:
    """Say whether a column with this name may be ticks that mean yes: then an empty cell is not a yes."""
    return _FLAGS.get(name, (None, None))[0] is ImportedStatus.CONFIRMED or reading_of(name) is word


def is_yes(text: str) -> bool:
    """Say whether a cell is a tick or a clear yes."""
    return folded(text) in _YES


def ticked(read: StatusReading) -> StatusReading:
    """Make a reading for a column of ticks: an empty cell means pending."""

    def read_tick(text: str) -> ImportedStatus | None:
        return read(text) if text.strip() else ImportedStatus.PENDING

    return read_tick


@lru_cache(maxsize=1024)
def word(text: str) -> ImportedStatus | None:
    """Read a word for a status, or yes and no."""
    plain = folded(text)
    if not plain and text.strip() != "-":
        return None
    found = state_of(text)
    if found is None and (plain in YES or plain in NO):
        found = ImportedStatus.CONFIRMED if plain in YES else ImportedStatus.WITHDRAWN
    if found is None:
        raise BadRow(f'"{text[:40]}", which does not say whether they want mail')
    return found


def words(known: Mapping[str, ImportedStatus | None], otherwise: bool = True) -> StatusReading:
    """Make a reading for one program's words; the key "" is an empty cell. `otherwise`: also the usual words."""

    @lru_cache(maxsize=1024)
    def read(text: str) -> ImportedStatus | None:
        plain = folded(text)
        if plain in known:
            return known[plain]
        return word(text) if otherwise else None

    return read


def flag(
    if_so: ImportedStatus | None, if_not: ImportedStatus | None, blank: ImportedStatus | None = None
) -> StatusReading:
    """Make a reading for a column of yes and no, or of words for a status."""

    @lru_cache(maxsize=64)
    def read(text: str) -> ImportedStatus | None:
        plain = folded(text)
        if not plain and text.strip() != "-":
            return blank
        if "hold" in plain or "opt" in plain:  # CiviCRM: "On Hold Bounce", "On Hold Opt Out"
            return ImportedStatus.WITHDRAWN if "opt" in plain else ImportedStatus.BOUNCED
        if plain in _YES:
            return if_so
        if plain in NO or text.strip() == "-":
            return if_not
        said = state_of(text)
        if said is None or said is ImportedStatus.CONFIRMED:
            raise BadRow(f'"{text[:40]}", and neither yes nor no')
        return said

    return read


def time(then: ImportedStatus | None, never: ImportedStatus | None = None) -> StatusReading:
    """Make a reading for a column of times: `then` if the cell has a time, else `never`."""

    def read(text: str) -> ImportedStatus | None:
        return then if text.strip(" 0-:.TZ/") else never  # 0000-00-00 00:00:00 is never

    return read


def answer_reading(header: str, yes_words: Collection[str] = ()) -> StatusReading:
    """Make a reading for a column that is about wanting mail, as the organiser or its question says. Empty: no yes.

    If the header itself is a no ("Do not contact"), a yes in the cell is that no. Only `yes_words`, if any, mean yes.
    """
    negative = smell(header) is Smell.REFUSAL and not yes_words
    wanted = {folded(each) or each.strip() for each in yes_words}

    @lru_cache(maxsize=1024)
    def read(text: str) -> ImportedStatus | None:
        plain = folded(text) or text.strip()
        if wanted and plain in wanted:
            return ImportedStatus.CONFIRMED
        if not plain:
            return None if negative else ImportedStatus.PENDING
        said = state_of(text)
        if said is None and (yes := answer_of(text)) is not None:
            said = (
                _refusal_of(header)
                if yes and negative
                else ImportedStatus.CONFIRMED
                if yes or negative
                else ImportedStatus.WITHDRAWN
            )
            if negative and not yes:
                return None
        if wanted and said in (None, ImportedStatus.CONFIRMED):
            return ImportedStatus.PENDING
        if said is None:
            raise BadRow(
                f'"{text[:40]}", which does not say whether they want mail; --means-yes names a word that does'
            )
        return said

    return read


def _refusal_of(header: str) -> ImportedStatus:
    plain = folded(header)
    return next((status for status, words in _KINDS if words.search(plain)), ImportedStatus.ASKED)


_KINDS = (
    (
        ImportedStatus.WITHDRAWN,
        re.compile(r"unsub|opt(?:ed)? ?out|dad danysgrif|abgemeldet|abbestellt|desabonn|desinscr"),
    ),
    (ImportedStatus.COMPLAINED, re.compile(r"spam|complain|cwyn|beschwerde|plainte|queja|abuse")),
    (ImportedStatus.BOUNCED, re.compile(r"bounc|bad|invalid|undeliv|ungultig|unzustell|rebond|rebot|annilys")),
)  # fmt: skip

_WORD_COLUMNS = {
    "consent", "status", "subscribed_status", "opt_in_status", "optin_status", "member_status", "statws", "caniatad",
}  # fmt: skip
_MAIL_STATUS = re.compile(r".*(e_?mail|subscri|newsletter|marketing|mailing|contact|bulk).*_?(status|consent)(_\d)?")

_FLAGS: dict[str, tuple[ImportedStatus | None, ImportedStatus | None]] = {
    **dict.fromkeys(
        ("do_not_email", "no_bulk_emails_user_opt_out", "no_bulk_emails", "is_opt_out", "opt_out", "opted_out",
         "optout", "unsubscribed", "email_opt_out", "has_opted_out_of_email", "email_disabled"),
        (ImportedStatus.WITHDRAWN, None),
    ),
    **dict.fromkeys(
        ("blacklisted", "blocklisted", "suppressed", "is_blacklisted", "is_blocklisted", "never_email",
         "do_not_contact", "is_deceased", "deceased"),
        (ImportedStatus.ASKED, None),
    ),
    **dict.fromkeys(
        ("email_on_hold", "bounced", "hard_bounced", "email1_is_bad", "email_is_bad", "undeliverable"),
        (ImportedStatus.BOUNCED, None),
    ),
    **dict.fromkeys(("complained", "spam_complaint", "marked_as_spam"), (ImportedStatus.COMPLAINED, None)),
    **dict.fromkeys(
        ("subscribed", "subscribed_to_emails", "email_opt_in", "opt_in", "opted_in", "is_subscribed",
         "accepts_marketing", "accepts_email_marketing", "email_opted_in"),
        (ImportedStatus.CONFIRMED, ImportedStatus.WITHDRAWN),
    ),
    "confirmed": (ImportedStatus.CONFIRMED, ImportedStatus.PENDING),
}  # fmt: skip
_TIMES = {
    **dict.fromkeys(
        ("unsub_time", "unsubscribed_at", "unsubscribe_date", "unsubscribed_on", "unsubscribe_time", "optout_time",
         "opt_out_time", "date_unsubscribed", "unsubscribed_date", "unsubscription_date"),
        ImportedStatus.WITHDRAWN,
    ),
    **dict.fromkeys(
        ("clean_time", "cleaned_at", "bounced_at", "bounce_date", "date_bounced", "undeliverability_date"),
        ImportedStatus.BOUNCED,
    ),
    **dict.fromkeys(("complained_at", "complaint_date"), ImportedStatus.COMPLAINED),
}  # fmt: skip
