"""What a reply means for the person it is about, and for everybody still waiting. Policy only: nothing is done here.

                  4yz                 5yz                                            no reply
    MAIL          they wait, pause    they wait, stop: the sender is refused         deferred
    RCPT          deferred            refused; "no such user": suppressed too        deferred
    DATA          deferred            refused                                        deferred
    end of DATA   deferred            refused                                        uncertain

Only the first digit binds (RFC 5321 §4.3.2); the enhanced status code (RFC 3463) tells whose fault it is. Where
there is none, words do, and they mean the same as in a bounce.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from newsletter.bounce.diagnosis import MOST_TEXT
from newsletter.bounce.kinds import Reason
from newsletter.bounce.phrases import meant
from newsletter.tables import State
from newsletter.transport.reply import Reply, Stage

NO_SUCH_USER = ("5.1.1", "5.1.10", "5.1.6")
_LIMIT_TEXT = re.compile(r"\b(daily|sending|message|hourly)\b.{0,40}\b(limit|quota)\b", re.IGNORECASE)

_TOO_MUCH = ("4.7.0", "4.7.28", "4.7.500", "4.7.650", "4.7.651", "4.7.652")
"""What Gmail, Yahoo and Outlook say to a sender who is too quick for them."""


class Onward(StrEnum):
    """What the answer means for everybody still waiting."""

    GO_ON = "go on"
    SLOW = "slow down"
    """The relay asks for less."""
    PAUSE = "pause"
    """The relay cannot just now; wait a little."""
    REST = "rest"
    """The relay says that we send too much (421 4.7.x): wait ten minutes or more."""
    COUNT = "count"
    """Our fault rather than the person's; several in a row stop the issue."""
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The state a delivery goes into, whether its address is to be suppressed, and how to go on."""

    state: State
    suppress: bool = False
    onward: Onward = Onward.GO_ON


def judge(reply: Reply) -> Verdict:
    """Judge the one answer to a message."""
    if reply.unanswered_dot:
        return Verdict(State.UNCERTAIN)
    if reply.positive and reply.stage is Stage.DOT:
        return Verdict(State.ACCEPTED)
    if reply.permanent:
        return _refusal(reply)
    return Verdict(State.DEFERRED, onward=_after_deferral(reply))


def asks_for(reply: Reply) -> Onward:
    """Say what a transient answer asks of the sender towards this relay; GO_ON for any other."""
    return _after_deferral(reply) if reply.transient else Onward.GO_ON


def is_limit(reply: Reply) -> bool:
    """Say whether the relay stopped us for having sent enough for now, rather than for who we are."""
    return reply.enhanced == "5.4.5" or bool(_LIMIT_TEXT.search(reply.text))


def _after_deferral(reply: Reply) -> Onward:
    if _says_too_much(reply):
        return Onward.REST
    if reply.code == 421 or (reply.stage is Stage.MAIL and reply.transient):
        return Onward.PAUSE
    # Because 4.7.1 is what greylisting says of one person.
    slow = reply.enhanced.startswith("4.7.") and reply.enhanced != "4.7.1"
    return Onward.SLOW if slow else Onward.GO_ON


def _says_too_much(reply: Reply) -> bool:
    return reply.transient and (
        reply.enhanced in _TOO_MUCH or (reply.code == 421 and reply.enhanced.startswith("4.7."))
    )


def _refusal(reply: Reply) -> Verdict:
    if _stops_everything(reply):
        return Verdict(State.QUEUED, onward=Onward.STOP)
    if _too_many_recipients(reply):
        return Verdict(State.DEFERRED)
    if reply.enhanced.startswith(("5.7.", "5.6.", "5.5.")) or reply.stage is Stage.DATA:
        return Verdict(State.REFUSED, onward=Onward.COUNT)
    return Verdict(State.REFUSED, suppress=_is_no_such_user(reply))


def _stops_everything(reply: Reply) -> bool:
    # 530: log in first; 535: login refused; 5.4.5: over a limit of ours. None of them says anything about a person.
    return reply.stage is Stage.MAIL or reply.code in (530, 535) or is_limit(reply)


def _too_many_recipients(reply: Reply) -> bool:
    # RFC 5321 §4.5.3.1.10: 552 at RCPT was once the answer to too many recipients, and is to be taken as 452.
    return reply.stage is Stage.RCPT and reply.code == 552 and not reply.enhanced.startswith("5.1.")


def _is_no_such_user(reply: Reply) -> bool:
    if reply.stage is not Stage.RCPT:
        return False
    if reply.enhanced:
        return reply.enhanced in NO_SUCH_USER or (reply.enhanced.endswith(".0.0") and _says_no_such_user(reply))
    return _says_no_such_user(reply)


def _says_no_such_user(reply: Reply) -> bool:
    return meant(reply.text[:MOST_TEXT]) is Reason.NO_SUCH_MAILBOX
