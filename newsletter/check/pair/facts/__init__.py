"""What a text states, for comparing it with its translation. In: words and their language. Out: Facts.

contacts    email addresses, phone numbers, postcodes
calendar    dates, months, days of the week          clock    times of day
numbers     amounts, shares, numbers in digits       words    numbers in words, Welsh and English
tokens · mutations                                   what these are read from
"""

from collections.abc import Sequence

from newsletter.check.pair.facts.calendar import date_at, month_at, weekday_fact
from newsletter.check.pair.facts.clock import time_at
from newsletter.check.pair.facts.contacts import contacts
from newsletter.check.pair.facts.fact import Demand, Fact
from newsletter.check.pair.facts.numbers import quantity
from newsletter.check.pair.facts.tokens import Token, tokens

__all__ = ["Demand", "Fact", "read_facts"]


def read_facts(text: str, language: str) -> list[Fact]:
    """Read what `text` states, in its order; `language` is cy or en."""
    found, rest = contacts(text)
    read, at = tokens(rest), 0
    while at < len(read):
        if dated := date_at(read, at, language):
            found += dated[0]
            at = dated[1]
        elif single := (
            _money_or_share(read, at, language) or time_at(read, at, language) or quantity(read, at, language)
        ):
            found.append(single[0])
            at = single[1]
        else:
            named = weekday_fact(read, at, language) or month_at(read, at, language)
            found += [named] if named else []
            at += 1
    return sorted(found, key=lambda fact: fact.at)


def _money_or_share(read: Sequence[Token], at: int, language: str) -> tuple[Fact, int] | None:
    found = quantity(read, at, language)
    return found if found and found[0].kind in ("amount", "percentage") else None
