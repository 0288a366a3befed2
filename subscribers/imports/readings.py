"""One cell that says how somebody stands in, that standing out; pure.

A column of words (`Status: cleaned`), of yes and no (`Do Not Email: 1`), of times (`UNSUB_TIME: 2024-05-06`) or of
answers (`May we email you? No thanks`). A word that nobody has taught us raises BadRow.
"""

import re
from collections.abc import Collection, Mapping
from functools import lru_cache

from subscribers.imports.names import Smell, smell
from subscribers.imports.standing import BadRow, Reading, Standing
from subscribers.imports.vocabulary import NO, YES, answer_of, folded, state_of

_YES = YES - {"sure", "ok", "okay"}


def reading_of(name: str) -> Reading | None:
    """Find out how the cells of a column so named are read, in whatever list; None: its name says nothing plain."""
    if name in _WORD_COLUMNS or _MAIL_STATUS.fullmatch(name):
        return word
    if name in _TIMES:
        return time(_TIMES[name])
    return flag(*_FLAGS[name]) if name in _FLAGS else None


def is_tick(name: str) -> bool:
    """Say whether a column so named says yes where it is ticked: then an empty cell is no yes."""
    return _FLAGS.get(name, (None, None))[0] is Standing.CONFIRMED or reading_of(name) is word


def is_yes(text: str) -> bool:
    """Say whether a cell is a tick, or a plain yes."""
    return folded(text) in _YES


def ticked(read: Reading) -> Reading:
    """Read a column of ticks: where there is none, nobody said yes."""

    def read_tick(text: str) -> Standing | None:
        return read(text) if text.strip() else Standing.PENDING

    return read_tick


@lru_cache(maxsize=1024)
def word(text: str) -> Standing | None:
    """Read a word that says how somebody stands, or yes and no."""
    plain = folded(text)
    if not plain and text.strip() != "-":
        return None
    found = state_of(text)
    if found is None and (plain in YES or plain in NO):
        found = Standing.CONFIRMED if plain in YES else Standing.WITHDRAWN
    if found is None:
        raise BadRow(f'"{text[:40]}", which does not say whether they want mail')
    return found


def words(known: Mapping[str, Standing | None], otherwise: bool = True) -> Reading:
    """Read the words of one program; an empty cell says what `known` says of it. `otherwise`: the usual words, too."""

    @lru_cache(maxsize=1024)
    def read(text: str) -> Standing | None:
        plain = folded(text)
        if plain in known:
            return known[plain]
        return word(text) if otherwise else None

    return read


def flag(if_so: Standing | None, if_not: Standing | None, blank: Standing | None = None) -> Reading:
    """Read yes and no, or a word that says it all."""

    @lru_cache(maxsize=64)
    def read(text: str) -> Standing | None:
        plain = folded(text)
        if not plain and text.strip() != "-":
            return blank
        if "hold" in plain or "opt" in plain:  # CiviCRM: "On Hold Bounce", "On Hold Opt Out"
            return Standing.WITHDRAWN if "opt" in plain else Standing.BOUNCED
        if plain in _YES:
            return if_so
        if plain in NO or text.strip() == "-":
            return if_not
        said = state_of(text)
        if said is None or said is Standing.CONFIRMED:
            raise BadRow(f'"{text[:40]}", and neither yes nor no')
        return said

    return read


def time(then: Standing | None, never: Standing | None = None) -> Reading:
    """Read when something happened: if it did, that is how they stand."""

    def read(text: str) -> Standing | None:
        return then if text.strip(" 0-:.TZ/") else never  # 0000-00-00 00:00:00 is never

    return read


def answer(header: str, yes_words: Collection[str] = ()) -> Reading:
    """Read what the organiser, or a question, says is about wanting mail. Whoever did not say yes said none.

    Where the header is itself a no ("Do not contact"), yes is that no. With `yes_words` these mean yes, and no other.
    """
    negative = smell(header) is Smell.REFUSAL and not yes_words
    wanted = {folded(each) or each.strip() for each in yes_words}

    @lru_cache(maxsize=1024)
    def read(text: str) -> Standing | None:
        plain = folded(text) or text.strip()
        if wanted and plain in wanted:
            return Standing.CONFIRMED
        if not plain:
            return None if negative else Standing.PENDING
        said = state_of(text)
        if said is None and (yes := answer_of(text)) is not None:
            said = (
                _refusal_of(header)
                if yes and negative
                else Standing.CONFIRMED
                if yes or negative
                else Standing.WITHDRAWN
            )
            if negative and not yes:
                return None
        if wanted and said in (None, Standing.CONFIRMED):
            return Standing.PENDING
        if said is None:
            raise BadRow(
                f'"{text[:40]}", which does not say whether they want mail; --means-yes names a word that does'
            )
        return said

    return read


def _refusal_of(header: str) -> Standing:
    plain = folded(header)
    return next((standing for standing, words in _KINDS if words.search(plain)), Standing.ASKED)


_KINDS = (
    (Standing.WITHDRAWN, re.compile(r"unsub|opt(?:ed)? ?out|dad danysgrif|abgemeldet|abbestellt|desabonn|desinscr")),
    (Standing.COMPLAINED, re.compile(r"spam|complain|cwyn|beschwerde|plainte|queja|abuse")),
    (Standing.BOUNCED, re.compile(r"bounc|bad|invalid|undeliv|ungultig|unzustell|rebond|rebot|annilys")),
)  # fmt: skip

_WORD_COLUMNS = {
    "consent", "status", "subscribed_status", "opt_in_status", "optin_status", "member_status", "statws", "caniatad",
}  # fmt: skip
_MAIL_STATUS = re.compile(r".*(e_?mail|subscri|newsletter|marketing|mailing|contact|bulk).*_?(status|consent)(_\d)?")

_FLAGS: dict[str, tuple[Standing | None, Standing | None]] = {
    **dict.fromkeys(
        ("do_not_email", "no_bulk_emails_user_opt_out", "no_bulk_emails", "is_opt_out", "opt_out", "opted_out",
         "optout", "unsubscribed", "email_opt_out", "has_opted_out_of_email", "email_disabled"),
        (Standing.WITHDRAWN, None),
    ),
    **dict.fromkeys(
        ("blacklisted", "blocklisted", "suppressed", "is_blacklisted", "is_blocklisted", "never_email",
         "do_not_contact", "is_deceased", "deceased"),
        (Standing.ASKED, None),
    ),
    **dict.fromkeys(
        ("email_on_hold", "bounced", "hard_bounced", "email1_is_bad", "email_is_bad", "undeliverable"),
        (Standing.BOUNCED, None),
    ),
    **dict.fromkeys(("complained", "spam_complaint", "marked_as_spam"), (Standing.COMPLAINED, None)),
    **dict.fromkeys(
        ("subscribed", "subscribed_to_emails", "email_opt_in", "opt_in", "opted_in", "is_subscribed",
         "accepts_marketing", "accepts_email_marketing", "email_opted_in"),
        (Standing.CONFIRMED, Standing.WITHDRAWN),
    ),
    "confirmed": (Standing.CONFIRMED, Standing.PENDING),
}  # fmt: skip
_TIMES = {
    **dict.fromkeys(
        ("unsub_time", "unsubscribed_at", "unsubscribe_date", "unsubscribed_on", "unsubscribe_time", "optout_time",
         "opt_out_time", "date_unsubscribed", "unsubscribed_date", "unsubscription_date"),
        Standing.WITHDRAWN,
    ),
    **dict.fromkeys(
        ("clean_time", "cleaned_at", "bounced_at", "bounce_date", "date_bounced", "undeliverability_date"),
        Standing.BOUNCED,
    ),
    **dict.fromkeys(("complained_at", "complaint_date"), Standing.COMPLAINED),
}  # fmt: skip
