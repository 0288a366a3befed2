"""Mails that a mail in plain text quotes, and signatures. In: text. Out: the same without them, and what they were."""

import re

from newsletter.sources.draft import LeftOut
from newsletter.sources.furniture import (
    field_of,
    is_attribution,
    is_confidential,
    is_footer_of_a_mail,
    is_forward,
    is_original,
    is_sent_from,
)

_FIELDS = 3
_FEW = 12  # words: "FYI, please send this on" is no post


def without_quoted(text: str) -> tuple[str, list[LeftOut]]:
    """Take out quoted lines with what introduces them, the mail below a header block, and the signature."""
    lines = text.split("\n")
    forward = next((at for at, line in enumerate(lines) if is_forward(line) and line.strip()[:2] == "--"), None)
    left: list[LeftOut] = []
    if forward is not None and len(" ".join(lines[:forward]).split()) <= _FEW:
        below = forward + 1
        while below < len(lines) and (field_of(lines[below]) or not lines[below].strip()):
            below += 1
        left.append(LeftOut("line", " ".join(" ".join(lines[:below]).split())))
        lines = lines[below:]
    end = _end(lines)
    if end < len(lines):
        what = "signature" if re.fullmatch(r"--\s?", lines[end]) else "quoted mail"
        left.append(LeftOut(what, " ".join(" ".join(lines[end:]).split())))
        lines = lines[:end]
    kept, quoted = _without_marked(lines)
    if quoted:
        left.append(LeftOut("quoted mail", " ".join(" ".join(quoted).split())))
    kept, footers = _without_footers(kept)
    return "\n".join(kept), [*left, *(LeftOut("footer of the mail", words) for words in footers)]


def _end(lines: list[str]) -> int:
    """Find where the sender's own words end."""
    for at, line in enumerate(lines):
        if re.fullmatch(r"--\s?", line) and any(each.strip() for each in lines[:at]):
            return at
        if is_original(line) or (is_forward(line) and line.strip()[:2] == "--"):
            return at
        if field_of(line) == "from" and at and _is_header(lines[at : at + 8]):
            return at
        if re.fullmatch(r"\s*_{10,}\s*", line) and _is_header(lines[at + 1 : at + 9]):
            return at
    return len(lines)


def _is_header(lines: list[str]) -> bool:
    return len({field for line in lines if (field := field_of(line))}) >= _FIELDS


def _without_marked(lines: list[str]) -> tuple[list[str], list[str]]:
    """Take out lines that open with ">" below a line that names their author."""
    kept: list[str] = []
    quoted: list[str] = []
    inside = False
    for line in lines:
        if line.lstrip().startswith(">") and (inside or _introduced(kept)):
            if not inside:
                quoted += _introduction(kept)
            inside = True
            quoted.append(line.lstrip("> "))
        elif inside and not line.strip():
            quoted.append(line)
        else:
            inside = False
            kept.append(line)
    return kept, [line for line in quoted if line.strip()]


def _introduced(kept: list[str]) -> bool:
    last = [line.strip() for line in kept[-3:] if line.strip()]
    return any(is_attribution(" ".join(last[-count:])) for count in (1, 2) if len(last) >= count)


def _introduction(kept: list[str]) -> list[str]:
    """Remove from `kept` the one or two lines that name the author of the quote."""
    while kept and not kept[-1].strip():
        kept.pop()
    taken = [kept.pop()]
    # A long introduction is wrapped before the address, so the date stands in the line above.
    if kept and kept[-1].strip() and not (is_attribution(taken[0]) and re.search(r"\d", taken[0].partition("<")[0])):
        taken.insert(0, kept.pop())
    return taken


def _without_footers(lines: list[str]) -> tuple[list[str], list[str]]:
    blocks = re.split(r"(\n[ \t]*\n\s*)", "\n".join(lines))
    kept: list[str] = []
    below: list[str] = []
    for block in blocks:
        words = " ".join(block.split())
        if words and (is_sent_from(words) or is_confidential(words) or is_footer_of_a_mail(words)):
            below.append(words)
        else:
            kept.append(block)
    return "".join(kept).split("\n"), below
