"""Words that were never meant to be read. In: a Reading. Out: findings on residue and mojibake."""

import re
from collections.abc import Iterator

from newsletter.check.reading import Reading, quoted
from newsletter.compiler import Finding, Severity
from newsletter.merge import LINKS, PERSON

_SHORTCODE = "a shortcode of WordPress"
_RESIDUE = (
    (r"\{%.{0,80}?%\}", "a tag of a site generator"),
    (r"\{\{[<%]?[^{}\n]{0,80}\}\}", "a tag of a template"),
    (r"<%=?.{0,80}?%>", "a tag of a template"),
    (r"\*?\|[A-Z][A-Z0-9_:]{1,40}\|\*?", "a merge tag of another program"),
    (r"%%[A-Za-z_]{2,40}%%|@@[A-Za-z_]{2,40}@@|%[A-Z][A-Z_]{2,40}%", "a merge tag of another program"),
    (r"\[\[[A-Za-z_ ]{2,40}\]\]|\$\{[\w.]{2,40}\}", "a merge tag of another program"),
    (r"\[/?(?:caption|gallery|embed|video|audio|playlist|youtube|wp_caption|button)\b[^\[\]\n]{0,200}\]", _SHORTCODE),
    (r"\[/?(?:contact-form(?:-7)?|vc_\w+|et_pb_\w+|fusion_\w+|su_\w+)\b[^\[\]\n]{0,200}\]", _SHORTCODE),
    (r"\b[Ll]orem [Ii]psum\b", "filler text"),
    (r"\b(?:TODO|FIXME|XXX|TKTK|TBC|TBA)\b", "a note to yourself"),
    (r"\[(?:(?i:insert|add|your|name|date|link|image|photo))\b[^\[\]\n]{0,60}\](?!\()", "a note to yourself"),
    (r"(?<![\w%])%[sd](?!\w)", "a gap that was never filled"),
)
_MOJIBAKE = re.compile(
    r"Ã[\u0080-\u00bf©¨ª«®´¶¼½¾€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ ]|â€[\u0080-\u00bf™œ\u009d“”˜¦¢]|Â[£©®°·»« ¿¡]|"
    r"Å[µ·´]|ï»¿|\ufffd"
)
_MOST_SHOWN = 8


def word_findings(reading: Reading) -> Iterator[Finding]:
    """Look for words that came from a tool, not from the author."""
    prose = reading.prose
    for pattern, what in _RESIDUE:
        for found in list(dict.fromkeys(match[0] for match in re.finditer(pattern, prose)))[:_MOST_SHOWN]:
            if _is_meant(found, reading):
                continue
            yield Finding(
                Severity.WARNING,
                f"“{quoted(found)}” is {what}, and readers would read it; fill it in or take it out",
                reading.line(found),
            )
    for text, line in ((reading.post.subject, None), (prose, 0)):
        garbled = _MOJIBAKE.search(text)
        if garbled:
            around = text[max(garbled.start() - 12, 0) : garbled.end() + 8]
            why = (
                f"“{quoted(around)}” holds garbled letters: the text was read in the wrong encoding once; type "
                "them anew"
            )
            yield Finding(Severity.WARNING, why, reading.line(garbled[0]) if line is not None else None)


def _is_meant(found: str, reading: Reading) -> bool:
    tag = re.fullmatch(r"\{\{\s*(\w+)\s*(?:\|[^{}]*)?\}\}", found)
    if not tag:
        return False
    # Because the compiler speaks of merge tags itself: it fills them, or names what it could not.
    return reading.post.merge or tag[1] in (*PERSON, *LINKS)
