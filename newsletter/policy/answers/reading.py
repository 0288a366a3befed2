"""Turns a server's answer, code and words together, into one meaning.

The precedence: words that our account or sender may not send, whatever the code · a code about the recipient · words
about the recipient's mailbox · any other known code · other words · what is left of a vague code. If none of these
says anything, the meaning is UNCLEAR; then only repetition tells more, which newsletter.delivery.throttle counts.
"""

import re
from typing import NamedTuple

from newsletter.policy.answers.codes import CODES, SUBJECTS, VAGUE
from newsletter.policy.answers.meanings import Meaning
from newsletter.policy.answers.words import meaning_of, names_the_recipient

MOST_TEXT = 4000
"""How many characters of an answer are read."""


class AnswerReading(NamedTuple):
    """What an answer means, and whether it is clearly about this recipient alone."""

    meaning: Meaning
    clear: bool = False


def read_answer(code: int, status: str, text: str) -> AnswerReading:
    """Say what an answer means: `code` is 4yz or 5yz, `status` such as "5.1.1" (RFC 3463) or "", `text` its words."""
    text = text[:MOST_TEXT]
    known, words = _known(status), meaning_of(text)
    if words in _WHATEVER_THE_CODE and known is not Meaning.DECLINED and not _QUOTING.search(text):
        return AnswerReading(words)
    if code in _LOG_IN and words not in _OF_MANY:
        return AnswerReading(Meaning.LOGIN)
    if known is Meaning.OFF and words and words.about_recipient:
        known = words  # many servers say 5.2.1 whatever the reason, so their words tell more
    meaning = known or words or _left(status)
    return AnswerReading(meaning, meaning.about_recipient and _is_clear(meaning, known, words, status, text))


def status_of(text: str) -> str:
    """Find the enhanced status code (RFC 3463) at the beginning of an answer's words; "" if there is none."""
    found = _STATUS.match(text)
    return found[1] if found else ""


_STATUS = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?:\s|$)")
_OF_MANY = (Meaning.RATE, Meaning.CROWD, Meaning.LIMIT, Meaning.HOURLY)
_LOG_IN = (530, 534, 535, 538)
_WHATEVER_THE_CODE = (Meaning.LOGIN, Meaning.SENDER)
# Our relay quotes another server's answer about one recipient (Postfix, address verification).
_QUOTING = re.compile(r"\bhost\b.{0,80}\bsaid:|\bremote (?:host|server)\b.{0,30}\b(?:said|answered)", re.IGNORECASE)
_NOT_FOR_A_WHILE = {"4.5": Meaning.UNREACHABLE, "4.6": Meaning.UNREACHABLE, "7.0": Meaning.TOO_MUCH}
"""Codes that mean something else when the first digit is 4."""


def _known(status: str) -> Meaning | None:
    rest = status[2:]
    if status.startswith("4") and rest in _NOT_FOR_A_WHILE:
        return None
    return CODES.get(rest)


def _is_clear(meaning: Meaning, known: Meaning | None, words: Meaning | None, status: str, text: str) -> bool:
    """Say whether the answer cannot be about us: neither its code nor its words speak of us."""
    if known is Meaning.DECLINED:
        return True
    if words and not (words.about_recipient or words is Meaning.UNREACHABLE):
        return False
    if status[2:].startswith("7.") and meaning not in (Meaning.DECLINED, Meaning.GREYLISTED):
        return False
    return bool(known) or names_the_recipient(text)


def _left(status: str) -> Meaning:
    rest = status[2:]
    if status.startswith("4") and rest in _NOT_FOR_A_WHILE:
        return _NOT_FOR_A_WHILE[rest]
    return VAGUE.get(rest) or SUBJECTS.get(rest.partition(".")[0]) or Meaning.UNCLEAR
