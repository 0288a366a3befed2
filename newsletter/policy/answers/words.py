"""Phrases of mail servers and what each means, in their order of precedence.

Words about one recipient's mailbox come first, because they cannot be about other recipients too. Words that the fault
is ours come next, because servers that refuse spam often say it carelessly. Words that there is no such mailbox come
after both. Addresses, links and host names are removed before a text is searched: an address may well contain "spam".
"""

import re

from newsletter.policy.answers import about_recipients as recipients
from newsletter.policy.answers import about_trouble as trouble
from newsletter.policy.answers import about_us as us
from newsletter.policy.answers import about_volume as volume
from newsletter.policy.answers.meanings import Meaning
from newsletter.policy.answers.phrase import any_of, is_nothing_but_a_link, without_names

_WRAPPER = re.compile(r"\brecipient address rejected:", re.IGNORECASE)
"""Postfix puts these words before the answer of any rule at RCPT, whether it is about the recipient or not."""


def meaning_of(text: str) -> Meaning | None:
    """Say what the words of a server mean; None if no phrase in them is known."""
    words = without_names(text)
    if _A_GROUP_S_RULE.search(text):
        return Meaning.DECLINED
    if is_nothing_but_a_link(text):
        return Meaning.POLICY
    if _NO_SUCH_MAILBOX_WHOLE.search(words):
        return Meaning.NO_SUCH_MAILBOX
    bare = _WRAPPER.sub("", words)
    return next((meaning for meaning, pattern in _TABLE if pattern.search(bare)), None)


def names_the_recipient(text: str) -> bool:
    """Say whether the words are clearly about one recipient."""
    words = without_names(text)
    if _A_GROUP_S_RULE.search(text) or _NO_SUCH_MAILBOX_WHOLE.search(words):
        return True
    bare = _WRAPPER.sub("", words)
    return any(pattern.search(bare) for pattern in _CLEAR)


def is_full_or_off(text: str) -> bool:
    """Say whether the words are about a mailbox that exists, but is full or switched off."""
    words = without_names(text)
    return any(each.search(words) for each in (recipients.FULL, recipients.DISABLED, recipients.MAILBOX_FULL))


def is_switched_off(text: str) -> bool:
    """Say whether the words say that logging in is switched off, whatever the password is."""
    return bool(us.SWITCHED_OFF.search(without_names(text)))


_A_GROUP_S_RULE = re.compile(r"RESOLVER\.RST\.\w*(?:Auth|Group|Restrict)|\bMapiExceptionNotAuthorized", re.IGNORECASE)
"""Exchange says this about a group that takes mail from some senders only; the words after it are about authentication,
which here is not about our login."""
# These contain phrases of `_TABLE`, so they are searched for first.
_NO_SUCH_MAILBOX_WHOLE = any_of(r"\brecipient address rejected: access denied\b", r"\binactive email address\b")
_TABLE = (
    (Meaning.FULL, recipients.MAILBOX_FULL),
    (Meaning.OFF, recipients.FLOODED),
    (Meaning.DECLINED, recipients.DECLINED),
    (Meaning.POLICY, us.UNAUTHENTICATED_MAIL),
    (Meaning.SENDER, us.MONEY),
    (Meaning.RATE, us.TOO_MANY_LOGINS),
    (Meaning.LOGIN, us.LOGIN),
    (Meaning.SENDER, us.RELAYING),
    (Meaning.LINE, volume.LINE),
    (Meaning.HOURLY, volume.HOURLY),
    (Meaning.LIMIT, volume.LIMIT),
    (Meaning.SENDER, us.SENDER),
    (Meaning.CROWD, volume.CROWD),
    (Meaning.TOO_MUCH, volume.TOO_MUCH),
    (Meaning.RATE, volume.RATE),
    (Meaning.GREYLISTED, recipients.GREYLISTED),
    (Meaning.POLICY, us.POLICY),
    (Meaning.TOO_LARGE, us.TOO_LARGE),
    (Meaning.CONTENT, us.CONTENT),
    (Meaning.FULL, recipients.FULL),
    (Meaning.TAKES_NO_MAIL, recipients.TAKES_NO_MAIL),
    (Meaning.OFF, recipients.DISABLED),
    (Meaning.MOVED, recipients.MOVED),
    (Meaning.NO_SUCH_DOMAIN, recipients.NO_SUCH_DOMAIN),
    (Meaning.NO_SUCH_MAILBOX, recipients.NO_SUCH_MAILBOX),
    (Meaning.UNREACHABLE, trouble.UNREACHABLE),
)
_CLEAR = (
    recipients.MAILBOX_FULL,
    recipients.FLOODED,
    recipients.DECLINED,
    recipients.GREYLISTED,
    recipients.CLEARLY_OFF,
    recipients.MOVED,
    recipients.TAKES_NO_MAIL,
    recipients.NO_SUCH_DOMAIN,
    recipients.NO_SUCH_MAILBOX,
)
