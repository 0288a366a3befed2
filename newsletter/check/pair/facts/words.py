"""Numbers in words. In: tokens and a language. Out: which tokens together say a number, and which."""

from collections.abc import Sequence
from decimal import Decimal

from newsletter.check.pair.facts import english, welsh
from newsletter.check.pair.facts.english import english_number
from newsletter.check.pair.facts.number_words import WordNumber
from newsletter.check.pair.facts.tokens import Token
from newsletter.check.pair.facts.welsh import welsh_number

_FORTNIGHTS = ("pythefnos", "bythefnos", "phythefnos", "fortnight")


def word_number(read: Sequence[Token], at: int, language: str) -> WordNumber | None:
    """Read the number in words that begins at token `at`; None where there is none."""
    found = welsh_number(read, at) if language == "cy" else english_number(read, at)
    if found:
        return found
    weak = (welsh.WEAK if language == "cy" else english.WEAK).get(read[at].word)
    also = Decimal(14) if read[at].word in _FORTNIGHTS else None
    return WordNumber(Decimal(weak), 1, weak=True, also=also) if weak else None
