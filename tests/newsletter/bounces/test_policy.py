"""What follows from a bounce: by its reason, and how often it came."""

from datetime import datetime, timedelta

import pytest

from newsletter.bounces.parse.kinds import BounceReason, Report
from newsletter.bounces.strikes import Strike, is_strike, strikes_out, suppresses

FATAL = {BounceReason.NO_SUCH_MAILBOX, BounceReason.TAKES_NO_MAIL, BounceReason.MOVED}
STRIKING = {
    BounceReason.NOT_SENT,
    BounceReason.NO_SUCH_DOMAIN,
    BounceReason.FULL,
    BounceReason.DISABLED,
    BounceReason.UNREACHABLE,
    BounceReason.UNCLEAR,
}
NOT_THEIRS = {BounceReason.POLICY, BounceReason.CONTENT}


def report(reason: BounceReason, final: bool = True, coded: bool = True) -> Report:
    return Report("ada@example.org", reason, "", "", final, coded)


@pytest.mark.parametrize("reason", BounceReason)
def test_every_reason_is_fatal_or_a_strike_or_our_own_fault(reason: BounceReason) -> None:
    assert [reason in FATAL, reason in STRIKING, reason in NOT_THEIRS].count(True) == 1
    assert suppresses(report(reason)) is (reason in FATAL)
    assert is_strike(report(reason)) is (reason in STRIKING)


@pytest.mark.parametrize("reason", BounceReason)
def test_what_is_only_late_counts_for_nothing(reason: BounceReason) -> None:
    assert not suppresses(report(reason, final=False))
    assert not is_strike(report(reason, final=False))


def test_a_guess_without_any_code_counts_for_nothing() -> None:
    assert not is_strike(report(BounceReason.UNCLEAR, coded=False))
    assert is_strike(report(BounceReason.FULL, coded=False))


@pytest.mark.parametrize(
    ("strikes", "out"),
    [
        ([], False),
        ([(1, 0), (2, 1)], False),
        ([(1, 0), (2, 1), (3, 2)], True),
        ([(1, 0), (1, 1), (2, 2)], True),
        ([(1, 0), (1, 1), (1, 2)], False),
        ([(1, 0), (2, 15), (3, 30)], True),
        ([(1, 0), (2, 15), (3, 31)], False),
        ([(3, 31), (2, 15), (1, 0), (4, 33)], True),
    ],
)
def test_three_strikes_in_thirty_days_over_two_issues_are_enough(
    strikes: list[tuple[int, int]], out: bool, noon: datetime
) -> None:
    assert strikes_out([Strike(issue, noon + timedelta(days=day)) for issue, day in strikes]) is out
