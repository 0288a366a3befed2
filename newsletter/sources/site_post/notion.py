"""Markdown as Notion writes it. In: a body. Out: the same with its callouts as callouts, and without its properties."""

import re

from newsletter.sources.draft import LeftOut

_PROPERTIES = re.compile(r"\A\s*(# [^\n]+)\n\n((?:[A-Z][\w /-]{1,40}: [^\n]{1,400}\n)+)(?=\n|\Z)")
_NAMES = re.compile(
    r"^(?:created(?: time| by)?|last edited(?: time| by)?|tags?|status|date|owner|type|url|assign(?:ee)?|author):",
    re.IGNORECASE | re.MULTILINE,
)
_CALLOUT = re.compile(r"^<aside>\n(.*?)\n</aside>$", re.DOTALL | re.MULTILINE)


def without_properties(body: str) -> tuple[str, list[LeftOut]]:
    """Take the lines of a page's properties, which stand right below its title, out of `body`."""
    left: list[LeftOut] = []
    found = _PROPERTIES.match(body)
    if found and _NAMES.search(found[2]):
        left.append(LeftOut("properties", " ".join(found[2].split())))
        body = f"{found[1]}\n{body[found.end() :]}"
    return _CALLOUT.sub(_callout, body), left


def _callout(match: re.Match[str]) -> str:
    words = match[1].strip()
    sign = re.match(r"(?:<img[^>]*>|[^\w\s<>*\[]{1,4})\s+", words)
    kind = "WARNING" if sign and re.search(r"[⚠🚨❗]", sign[0]) else "TIP" if sign and "💡" in sign[0] else "NOTE"
    lines = [f"[!{kind}]", *(words[sign.end() :] if sign else words).split("\n")]
    return "\n".join(f"> {line}".rstrip() for line in lines)
