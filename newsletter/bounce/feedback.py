"""A feedback report in, of which type it is out (RFC 5965, RFC 6591)."""

from newsletter.bounce.letter import Letter, read_fields


def feedback_fields(letter: Letter) -> dict[str, str]:
    """Read the machine's part of a complaint; empty where there is none."""
    texts = letter.of_type("message/feedback-report")
    return dict(reversed(read_fields(texts[0].lstrip("\n")))) if texts else {}


def feedback_type(fields: dict[str, str]) -> str:
    """Say of which type it is; where it does not say so, of the commonest."""
    return fields.get("feedback-type", "abuse").lower()[:40] or "abuse"
