"""Turns Amazon's notices (JSON within JSON) into the fields of a report (RFC 3464). All else stays as it is."""

import json
from dataclasses import replace
from typing import Any

from newsletter.bounces.parse.letter import Letter, Part


def with_report(letter: Letter) -> Letter:
    """Replace each notice in `letter` by the fields of a report."""
    return replace(letter, parts=tuple(_unwrapped(part) for part in letter.parts))


def _unwrapped(part: Part) -> Part:
    if part.type != "text/plain" or not part.text.lstrip().startswith("{"):
        return part
    try:
        notice, _ = json.JSONDecoder(strict=False).raw_decode(part.text.lstrip())
        notice = json.loads(notice["Message"], strict=False) if isinstance(notice.get("Message"), str) else notice
        return _report(notice)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return part


def _report(notice: dict[str, Any]) -> Part:
    if "complaint" in notice:
        kind = notice["complaint"].get("complaintFeedbackType") or "abuse"
        return Part("message/feedback-report", f"Feedback-Type: {_line(kind)}\n")
    groups = [_group(recipient) for recipient in notice["bounce"]["bouncedRecipients"]]
    return Part("message/delivery-status", "\n\n".join(groups))


def _group(recipient: dict[str, Any]) -> str:
    return "\n".join(f"{name}: {_line(recipient[key])}" for key, name in _NAMES.items() if key in recipient)


def _line(value: object) -> str:
    return " ".join(str(value).split())


_NAMES = {
    "emailAddress": "Final-Recipient",
    "action": "Action",
    "status": "Status",
    "diagnosticCode": "Diagnostic-Code",
}
