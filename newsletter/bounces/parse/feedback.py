"""Reads the type of a feedback report (RFC 5965, RFC 6591)."""

from newsletter.bounces.parse.letter import Letter, read_fields


def feedback_fields(letter: Letter) -> dict[str, str]:
    """Read the machine-readable part of a complaint; empty if there is none."""
    texts = letter.of_type("message/feedback-report")
    return dict(reversed(read_fields(texts[0].lstrip("\n")))) if texts else {}


def feedback_type(fields: dict[str, str]) -> str:
    """Return the type of the report; if it states none, "abuse", the most frequent one."""
    return fields.get("feedback-type", "abuse").lower()[:40] or "abuse"
