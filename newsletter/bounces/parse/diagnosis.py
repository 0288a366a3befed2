"""Finds why a mail came back, from a status code, a server's words and the stage (RFC 3463, RFC 5321 §4.2).

"No such user" counts only if it is clear: as an enhanced code, as the answer to RCPT, or with a reply code and the
address in the machine-readable part of a report. After DATA it is not clear: the server had accepted the address, and
some carriers answer like this to mail that their filters refuse. A code that begins with 4 is never final, and 5.7.x is
never about the recipient.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from newsletter.bounces.parse.kinds import BounceReason, Class
from newsletter.bounces.parse.phrases import meant, reason_for
from newsletter.policy.answers import Meaning
from newsletter.policy.answers.codes import CODES
from newsletter.policy.answers.reading import MOST_TEXT


class BounceStage(StrEnum):
    """At which point of the conversation the server refused the mail."""

    RCPT = "RCPT"
    DATA = "DATA"
    UNKNOWN = ""


@dataclass(frozen=True, slots=True)
class Symptom:
    """What is known about one failure."""

    status: str = ""
    """The Status field of a report."""
    text: str = ""
    stage: BounceStage = BounceStage.UNKNOWN
    from_machine: bool = False
    """Whether `text` is a Diagnostic-Code, not prose."""
    own_decision: bool = False
    """Whether the server that reports the failure found it by itself, and quotes no other server."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Why the mail came back, and the enhanced code that shows it."""

    reason: BounceReason
    status: str
    coded: bool
    """Whether there is a code of any kind; without one, "unclear" is only a guess."""


def diagnose(symptom: Symptom) -> Diagnosis:
    """Say why the mail came back."""
    text = symptom.text[:MOST_TEXT]
    status, code = _status(symptom.status, text), _reply_code(text)
    known, said = _known(status), meant(text)
    if known is BounceReason.DISABLED and said is BounceReason.NO_SUCH_MAILBOX and symptom.stage is BounceStage.RCPT:
        known = said  # many servers say 5.2.1 whatever the reason, so their words tell more
    reason = _most_telling(known, said) or _by_subject(status)
    if reason.class_ is Class.HARD and not _is_clear(symptom, status, code, reason):
        reason = BounceReason.UNREACHABLE if _is_transient(status, code) else BounceReason.UNCLEAR
    return Diagnosis(reason, status, coded=bool(status or code))


def stage_of(prose: str) -> BounceStage:
    """Find in the prose of a report at which point of the conversation the server refused the mail."""
    if _AT_RCPT.search(prose):
        return BounceStage.RCPT
    return BounceStage.DATA if _AT_DATA.search(prose) else BounceStage.UNKNOWN


_ENHANCED = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_CODE = re.compile(r"(?<![\d.])([45]\d\d)(?=[\s:>-]|$)(?![\d.])")
_AT_RCPT = re.compile(
    r"in reply to RCPT|after RCPT|\bRCPT TO:?\s*<[^>]*>:|our RCPT|RCPT command|\[RCPT_TO\]|does not like recipient|"
    r"SMTP:RCPT|"
    r">>> RCPT",
    re.IGNORECASE,
)
_AT_DATA = re.compile(
    r"in reply to (?:end of )?DATA|after (?:end of data|DATA|pipelined (?:end of )?data)|our final DATA|TEXT command|"
    r"SMTP command\s+DATA|"
    r">>> (?:DATA|\.)|failed after I sent the message|\[(?:DATA|EOM|\.)\]",
    re.IGNORECASE,
)
_EXACT = ("5.1.1", "5.1.3", "5.1.6", "5.1.10")
# Texts that mean the same as 5.1.1: Exchange, Microsoft's edge, IronPort, IMail.
_EXACT_TEXT = re.compile(
    r"\(000C05A6\)|5\.4\.1 .{0,300}recipient address rejected: access denied|#5\.1\.0 address rejected|"
    r"invalid final delivery userid",
    re.IGNORECASE | re.DOTALL,
)
_ALSO_KNOWN = {"2.3": Meaning.CONTENT}  # a limit of the mailbox on the length of a mail
_VAGUE = ("", "5.0.0", "5.1.0", "5.5.0", "5.1.351")


def _status(field: str, text: str) -> str:
    """Return the most telling code: x.7.x first, then the code in the server's answer, then that in the report."""
    codes: list[str] = [*_ENHANCED.findall(text), *_ENHANCED.findall(field)]
    specific = [code for code in codes if not code.endswith(".0.0")]
    for code in specific:
        if code.startswith(("4.7.", "5.7.")):
            return code
    return (specific or codes or [""])[0]


def _reply_code(text: str) -> str:
    found = _CODE.search(text)
    return found.group(1) if found else ""


def _known(status: str) -> BounceReason | None:
    if status.startswith(("5.7.", "4.7.")):
        return BounceReason.POLICY
    meaning = CODES.get(status[2:]) or _ALSO_KNOWN.get(status[2:])
    return reason_for(meaning) if meaning and status[:1] in ("4", "5") else None


def _most_telling(known: BounceReason | None, said: BounceReason | None) -> BounceReason | None:
    """Choose between code and words.

    Words that the fault is ours, or that the mailbox is full or switched off, come before the code; the code comes
    before other words.
    """
    for reason in (said, known):
        if reason and reason.class_ is Class.OURS:
            return reason
    if known is BounceReason.TAKES_NO_MAIL and said is BounceReason.NO_SUCH_MAILBOX:
        return said  # Exchange uses 5.1.10 for no such recipient
    milder = said in (BounceReason.FULL, BounceReason.DISABLED) or (
        said is BounceReason.UNREACHABLE and known is not BounceReason.NO_SUCH_MAILBOX
    )
    return said if milder else known or said


def _by_subject(status: str) -> BounceReason:
    """Return the reason by the second number of the code only (RFC 3463 §3): system, network, protocol, content."""
    match status[2:].partition(".")[0]:
        case "3" | "4":
            return BounceReason.UNREACHABLE
        case "5" | "6":
            return BounceReason.CONTENT
        case _:
            return BounceReason.UNREACHABLE if status.startswith("4") else BounceReason.UNCLEAR


def _is_transient(status: str, code: str) -> bool:
    return status.startswith("4") or (not status and code.startswith("4"))


def _is_clear(symptom: Symptom, status: str, code: str, reason: BounceReason) -> bool:
    if _is_transient(status, code):
        return False
    if (
        reason in (BounceReason.NO_SUCH_DOMAIN, BounceReason.TAKES_NO_MAIL)
        or status in _EXACT
        or _EXACT_TEXT.search(symptom.text)
    ):
        return True
    if symptom.stage is not BounceStage.UNKNOWN:
        return symptom.stage is BounceStage.RCPT and bool(code) and (status.endswith(".0") or status in ("", "5.2.1"))
    if status not in _VAGUE:
        return False
    # An answer that names the address is about the address; answers after DATA name none.
    quoted = symptom.from_machine and code.startswith("5") and "@" in symptom.text
    return quoted or (symptom.own_decision and bool(status))
