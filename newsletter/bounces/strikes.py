"""Decides what follows from a bounce or a complaint. Policy only: a value in, yes or no out; nothing is done here.

    no such mailbox, takes no mail, moved      suppressed at once
    full, off, unreachable, no such domain     a strike; three in 30 days, over two issues or more: suppressed
    our own fault (5.7.x, spam, content)       nothing, ever
    late, or a guess without any code          nothing
    a recipient's complaint                    suppressed at once

A domain that cannot be found is only a strike, because the relay's name server may have failed for a while.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from newsletter.bounces.parse.kinds import BounceReason, Class, Report

STRIKES = 3
WITHIN = timedelta(days=30)
OVER_ISSUES = 2


@dataclass(frozen=True, slots=True)
class Strike:
    """One bounce that counts against an address: of which issue, and when."""

    issue: int
    at: datetime


def suppresses(report: Report) -> bool:
    """Say whether this report alone shows that the address cannot be reached."""
    return report.final and report.reason.class_ is Class.HARD and report.reason is not BounceReason.NO_SUCH_DOMAIN


def is_strike(report: Report) -> bool:
    """Say whether this report counts towards a suppression, together with others."""
    if not report.final or report.reason.class_ is Class.OURS or suppresses(report):
        return False
    return report.coded or report.reason is not BounceReason.UNCLEAR


def strikes_out(strikes: Collection[Strike]) -> bool:
    """Say whether these strikes, counted back from the latest, are enough to suppress the address."""
    if not strikes:
        return False
    latest = max(strike.at for strike in strikes)
    recent = [strike for strike in strikes if latest - strike.at <= WITHIN]
    return len(recent) >= STRIKES and len({strike.issue for strike in recent}) >= OVER_ISSUES
