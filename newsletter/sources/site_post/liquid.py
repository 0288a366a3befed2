"""What site generators fill in. In: a body with tags of Liquid, Nunjucks or Hugo. Out: Markdown without them.

Pictures, players, figures and highlighted code are written out; other tags are left out and named.
Code keeps its braces.
"""

import re
import shlex
from dataclasses import dataclass
from html import escape

_RAW = re.compile(r"\{%-?\s*(?:raw|verbatim)\s*-?%\}(.*?)\{%-?\s*end(?:raw|verbatim)\s*-?%\}", re.DOTALL)
_COMMENT = re.compile(r"\{%-?\s*comment\s*-?%\}.*?\{%-?\s*endcomment\s*-?%\}|\{#.*?#\}", re.DOTALL)
_HIGHLIGHT = re.compile(
    r"\{[%{][<%]?-?\s*highlight\s+[\"']?([\w+#-]*)[^%}>]*[>%]?-?[%}]\}?\n?(.*?)\{[%{][<%]?-?\s*(?:end|/)\s*highlight\s*-?[>%]?[%}]\}?",
    re.DOTALL,
)
_TAG = re.compile(r"\{%-?((?:[^%{]|%(?!\})){1,2000}?)-?%\}|\{\{[<%]([^{}]{1,2000}?)[>%]\}\}", re.DOTALL)
_VALUE = re.compile(r"\{\{-?([^{}]{1,400}?)-?\}\}", re.DOTALL)
_ATTRIBUTES = re.compile(
    r"[ \t]*\{:?\s*(?:[.#][\w-]+|[\w-]+=\"[^\"\n]*\"|:?toc)(?:\s+(?:[.#][\w-]+|[\w-]+=\"[^\"\n]*\"))*\s*\}"
)
_FENCED = re.compile(
    r"^ {0,3}(```+|~~~+)[^\n]*\n.*?(?:^ {0,3}\1[`~]*[ \t]*$|\Z)|(?<!`)(`+)(?!`)[^\n]+?(?<!`)\2(?!`)",
    re.MULTILINE | re.DOTALL,
)
_PICTURES = ("image", "image_with_class", "img", "figure", "picture", "responsive_image", "asset_img")
_QUIET = frozenset(
    "assign capture endcapture if elsif else endif unless endunless for endfor set endset block endblock raw "
    "endraw".split()
)


@dataclass(frozen=True, slots=True)
class Filled:
    """A body without tags, and the tags that nothing could be put in the place of."""

    text: str
    left_out: tuple[str, ...]


def fill(body: str) -> Filled:
    """Write out what a site generator would put in, as far as this is known without the site."""
    kept: list[str] = []

    def keep(text: str) -> str:
        kept.append(text)
        return f"\ue300{len(kept) - 1}\ue301"

    body = _RAW.sub(lambda match: keep(match[1]), body)
    body = _HIGHLIGHT.sub(lambda match: keep(f"```{match[1]}\n{match[2].strip(chr(10))}\n```"), body)
    body = _FENCED.sub(lambda match: keep(match[0]), body)
    body = _COMMENT.sub("", body)
    left_out: list[str] = []
    body = _TAG.sub(lambda match: _tag(match, left_out), body)
    body = _VALUE.sub(lambda match: _value(match, left_out), body)
    body = re.sub(
        r"^[*-] +TOC[ \t]*\n\{:toc[^}\n]*\}|^import\s[^\n]{1,200}?\sfrom\s+['\"][^'\"\n]+['\"];?[ \t]*$",
        "",
        body,
        flags=re.MULTILINE,
    )
    body = re.sub(r"!\[\[([^\]\[|\n]{1,200})(?:\|[^\]\[\n]{0,200})?\]\]", r"![](<\1>)", body)
    body = re.sub(r"\[\[(?:[^\]\[|\n]{1,200}\|)?([^\]\[|\n]{1,200})\]\]", r"\1", body)
    body = re.sub(r"<!--\s*(?:more|/?TOC\b.*?|excerpt)\s*-->", "", body)
    body = _ATTRIBUTES.sub("", body)
    while "\ue300" in body:
        body = re.sub("\ue300(\\d+)\ue301", lambda match: kept[int(match[1])], body)
    return Filled(body, tuple(left_out))


def _tag(match: re.Match[str], left_out: list[str]) -> str:
    words, named = _arguments((match[1] or match[2] or "").strip())
    name = words[0].lower() if words else ""
    if name in _PICTURES:
        return _picture(name, words[1:], named) or _named(match[0], left_out)
    if name in ("youtube", "vimeo") and len(words) > 1:
        host = "https://www.youtube.com/watch?v=" if name == "youtube" else "https://vimeo.com/"
        return f'\n\n<iframe src="{host}{escape(words[1])}"></iframe>\n\n'
    if name in _QUIET or name.startswith("/"):
        return ""
    return _named(match[0], left_out)


def _arguments(inside: str) -> tuple[list[str], dict[str, str]]:
    """Split a tag into its words and its name=value or name: value pairs."""
    try:
        pieces = shlex.split(inside.replace(",", " ") if '"' not in inside else re.sub(r",(?=\s)", " ", inside))
    except ValueError:
        pieces = inside.split()
    named = dict(piece.split("=", 1) for piece in pieces if re.match(r"[\w-]+=", piece))
    return [piece for piece in pieces if not re.match(r"[\w-]+=", piece)], named


def _picture(name: str, words: list[str], named: dict[str, str]) -> str:
    source = named.get("src") or named.get("link") or (words[0] if words else "")
    if not re.search(r"[/.]", source):
        return ""
    texts = words[2:] if name == "image_with_class" else words[1:]
    alt = named.get("alt") or (texts[0] if texts else "")
    caption = named.get("caption") or named.get("title") or ""
    address = source if re.match(r"https?:|/", source) else f"/{source}"
    label = re.sub(r"([\[\]\\])", r"\\\1", " ".join(alt.split()))
    return f"![{label}]({address.replace(' ', '%20')})" + (f"\n\n*{caption}*" if caption else "")


def _value(match: re.Match[str], left_out: list[str]) -> str:
    inside = match[1].strip()
    player = re.match(r"(youtube|vimeo)\(\s*id\s*=\s*[\"']([\w-]{6,})[\"']", inside)
    if player:
        host = "https://www.youtube.com/watch?v=" if player[1] == "youtube" else "https://vimeo.com/"
        return f'\n\n<iframe src="{host}{player[2]}"></iframe>\n\n'
    literal = re.match(
        r"[\"']([^\"']*)[\"']\s*(?:\|\s*(?:url|relative_url|absolute_url|relURL|prepend:.*|safe|escape)\b.*)?$", inside
    )
    if literal:
        return literal[1]
    if re.fullmatch(r"(?:site|config)\.(?:baseurl|base_url|url|BaseURL)(?:\s*\|.*)?", inside):
        return ""
    if re.search(r"\||^(?:site|page|post|content|config|include|forloop)\b|\.|^\w+\(.*\)$", inside):
        return _named(match[0], left_out)
    return match[0]


def _named(tag: str, left_out: list[str]) -> str:
    left_out.append(" ".join(tag.split()))
    return ""
