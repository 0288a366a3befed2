"""What approvers' answers allow. In: answers about exactly one hash. Out: who said yes, who said no, what is missing.

Pure decisions: who is an approver, and whose answers these are, the caller knows.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

PEOPLE_OFF = 5
"""The audience may change between question and send, but not by a fifth of it (one in so many) or more."""


@dataclass(frozen=True, slots=True)
class ApprovalAnswer:
    """One answer of an approver; of several by the same approver, the last one counts."""

    approver: str
    """Their key; of a person at a terminal, the account."""
    name: str
    yes: bool
    hash: str
    """The hash of what they answered about."""
    words: str = ""


@dataclass(frozen=True, slots=True)
class ApprovalCount:
    """The names of the approvers who said yes, and the answers that say no."""

    yes: tuple[str, ...]
    no: tuple[ApprovalAnswer, ...]

    def is_enough(self, required: int) -> bool:
        """Whether it may be sent: enough said yes, and none says no."""
        return not self.no and len(self.yes) >= required


def count_answers(
    answers: Iterable[ApprovalAnswer], of: str, askers: Collection[str], approvers: Collection[str]
) -> ApprovalCount:
    """Count the answers about the hash `of`, the oldest first.

    `askers`: the keys of the person who asked; their yes does not count. `approvers`: the keys of the approvers there
    are now; an answer of a former one does not count. Accounts at a terminal, which have a slash, are not among them.
    """
    last: dict[str, ApprovalAnswer] = {}
    for each in answers:
        if each.hash == of and (each.approver in approvers or "/" in each.approver):
            last.pop(each.approver, None)
            last[each.approver] = each
    yes = tuple(each.name for each in last.values() if each.yes and each.approver not in askers)
    return ApprovalCount(yes, tuple(each for each in last.values() if not each.yes))


def is_far_off(asked: int, people: int) -> bool:
    """Say whether the audience has changed too much since approvers were asked: by a fifth or more."""
    return people != asked and abs(people - asked) * PEOPLE_OFF >= asked
