"""Words that were not meant for readers. In: a Reading. Out: findings on residue of other tools and on mojibake."""

import re
from collections.abc import Iterator
from urllib.parse import unquote

from newsletter.check.reading import PostReading, excerpt
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
_OURS = re.compile(rf"\{{\{{\s*(?:{'|'.join((*PERSON, *LINKS))})\s*(?:\|[^{{}}\n]*)?\}}\}}")
_MOST_SHOWN = 8


def word_findings(reading: PostReading) -> Iterator[Finding]:
    """Look for words that come from a tool, not from the author, in the post, its subject and its preheader."""
    yield from _tags_as_written(reading)
    for text, key in _texts(reading):
        yield from _residue(text, key, reading)
        yield from _garbled(text, key, reading)


def _texts(reading: PostReading) -> Iterator[tuple[str, str]]:
    """List each text that readers see, and its key in the front matter; the key is empty for the body."""
    post = reading.post
    if post.title != post.subject:
        yield post.title, "title"
    yield post.subject, "subject" if post.line_of_key("subject") else "title"
    yield post.preheader, "preheader"
    yield reading.prose, ""


def _line(words: str, key: str, reading: PostReading) -> int | None:
    return reading.post.line_of_key(key) if key else reading.line(words)


def _residue(text: str, key: str, reading: PostReading) -> Iterator[Finding]:
    for pattern, what in _RESIDUE:
        for found in list(dict.fromkeys(match[0] for match in re.finditer(pattern, text)))[:_MOST_SHOWN]:
            if _is_tag_of_ours(found, reading):
                continue
            where = f" in the {key}" if key else ""
            yield Finding(
                Severity.WARNING,
                f"“{excerpt(found)}”{where} is {what}, and readers would see it. Fill it in or take it out",
                _line(found, key, reading),
            )


def _garbled(text: str, key: str, reading: PostReading) -> Iterator[Finding]:
    garbled = _MOJIBAKE.search(text)
    if garbled:
        around = text[max(garbled.start() - 12, 0) : garbled.end() + 8]
        why = f"“{excerpt(around)}” has garbled letters in it. Type them again"
        yield Finding(Severity.WARNING, why, _line(garbled[0], key, reading))


def _is_tag_of_ours(found: str, reading: PostReading) -> bool:
    """Tell whether `found` is a merge tag that other code handles: the compiler fills it, or names it as unknown."""
    tag = re.fullmatch(r"\{\{\s*(\w+)\s*(?:\|[^{}]*)?\}\}", found)
    return bool(tag) and (reading.post.merge or tag[1] in (*PERSON, *LINKS))  # type: ignore[index]


def _tags_as_written(reading: PostReading) -> Iterator[Finding]:
    """Find merge tags of ours in texts and addresses that nothing will fill; only in code can an author mean them."""
    if reading.post.merge:
        return
    addresses = " ".join(str(address) for address in reading.root.xpath(".//@href | .//@src"))
    for text, key in (*_texts(reading), (unquote(addresses), "")):
        for found in dict.fromkeys(match[0] for match in _OURS.finditer(text)):
            why = f"readers would see “{excerpt(found)}” as it is here. To fill it in, put “merge: true” at the top"
            yield Finding(Severity.ERROR, why, _line(found, key, reading))
