"""A post of a Markdown folder (Jekyll, Hugo, 11ty) becomes a Draft. In: Markdown or HTML with their front matter.

Out: the same words with our front matter, and what their site generator would have put in: pictures, players, code.
Tags that it cannot replace are reported and left out; none ever becomes a merge tag.
"""

import datetime
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import yaml
from lxml.html import HtmlElement

from newsletter.errors import SourceError
from newsletter.post.title import title_from_body
from newsletter.sources.draft import Draft, LeftOut, Need, quoted
from newsletter.sources.fragment.reader import read_fragment
from newsletter.sources.html.private import needs_of_private
from newsletter.sources.html.tree import parse_html, personal_need
from newsletter.sources.material import Material
from newsletter.sources.needs import labels_without_links
from newsletter.sources.pictures import with_pictures_beside
from newsletter.sources.redirectors import unwrap_text
from newsletter.sources.reviewing import without_review_marks
from newsletter.sources.site_post.liquid import Filled, fill
from newsletter.sources.site_post.notion import without_properties
from newsletter.sources.words import letters_of
from newsletter.sources.writing import read_date

_YAML = re.compile(r"\s*^---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*$\n?", re.DOTALL | re.MULTILINE)
_TOML = re.compile(r"\s*^\+\+\+[ \t]*\n(.*?)^\+\+\+[ \t]*$\n?", re.DOTALL | re.MULTILINE)
_MOST_FRONT_MATTER = 65_536
_CODE = re.compile(r"^ {0,3}(```+|~~~+).*?(?:^ {0,3}\1[`~]*[ \t]*$|\Z)|`[^`\n]+`", re.MULTILINE | re.DOTALL)
_TAG = re.compile(r"<(img|a)\s([^<>]{1,2000})>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"(?<![\w-])(src|href|alt)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))", re.IGNORECASE)


def read_markdown(material: Material) -> Draft:
    """Read a Markdown post. Raises SourceError."""
    facts, body = _split(material.text(), material)
    body, left = without_properties(body)
    body, found = without_review_marks(body)
    filled = fill(body)
    title, text = _one_line(facts, "title", "headline", "subject"), filled.text
    own, rest = title_from_body(text, "markdown")
    if not title or letters_of(own) == letters_of(title):
        title, text = title or own, rest
    text, personal = unwrap_text(text)
    needs = [*_needs(text, _base(facts, material)), *_unknown(filled), *needs_of_private(found)]
    needs += [personal_need("", each) for each in personal]
    draft = Draft("Markdown post", title, text.strip() + "\n", dropped=(*left, *_left_out(filled)))
    return with_pictures_beside(replace(_with_facts(draft, facts, material), needs=tuple(needs)), material.beside)


def read_html_post(material: Material) -> Draft:
    """Read an HTML post with front matter. Raises SourceError."""
    facts, body = _split(material.text(), material)
    filled = fill(body)
    root: HtmlElement = parse_html(f"<div>{filled.text}</div>", material.name)
    draft = read_fragment(root, "HTML post", _base(facts, material), _one_line(facts, "title", "headline", "subject"))
    needs = (*draft.needs, *_unknown(filled))
    return replace(_with_facts(draft, facts, material), needs=needs, dropped=(*draft.dropped, *_left_out(filled)))


def _split(text: str, material: Material) -> tuple[Mapping[str, Any], str]:
    yaml_found, toml_found = _YAML.match(text), _TOML.match(text)
    try:
        if yaml_found:
            _refuse_long(yaml_found[1], material)
            return _mapping(yaml.load(yaml_found[1], Loader=yaml.BaseLoader)), text[yaml_found.end() :]  # noqa: S506  it makes nothing but text
        if toml_found:
            return _mapping(tomllib.loads(toml_found[1])), text[toml_found.end() :]
        if text.lstrip().startswith("{"):
            found, end = json.JSONDecoder().raw_decode(text.lstrip())
            return _mapping(found), text.lstrip()[end:]
    except yaml.MarkedYAMLError as error:
        line = 2 + (error.problem_mark.line if error.problem_mark else 0)
        why = f"line {line}: the front matter cannot be read: {error.problem}"
        raise SourceError(source=material.name, why=why) from None
    except (yaml.YAMLError, tomllib.TOMLDecodeError, ValueError, RecursionError) as error:
        raise SourceError(source=material.name, why=f"the front matter cannot be read: {error}") from None
    return {}, text


def _refuse_long(written: str, material: Material) -> None:
    # Aliases of aliases grow without end when they are written out.
    if len(written) > _MOST_FRONT_MATTER or len(re.findall(r"(?<![\w&*])[*&]\w+", written)) > 50:
        raise SourceError(source=material.name, why="the front matter is too long to be meant")


def _mapping(found: object) -> Mapping[str, Any]:
    return found if isinstance(found, Mapping) else {}


def _with_facts(draft: Draft, facts: Mapping[str, Any], material: Material) -> Draft:
    language = _one_line(facts, "language", "lang", "locale")
    return replace(
        draft,
        author=_one_line(facts, "author", "authors", "byline"),
        date=read_date(_one_line(facts, "date", "pubDate", "published", "publishDate")) or _date_in_name(material.name),
        language=language if re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", language) else "",
        base_url=_base(facts, material),
        image=_one_line(facts, "image", "cover", "featured_image", "thumbnail"),
        subject=_one_line(facts, "subject") if _one_line(facts, "title") else "",
        preheader=quoted(_one_line(facts, "preheader", "description", "excerpt", "summary", "subtitle"), 140),
    )


def _one_line(facts: Mapping[str, Any], *names: str) -> str:
    for name in names:
        value = facts.get(name)
        if isinstance(value, Mapping):
            value = value.get("name") or value.get("src") or value.get("url") or value.get("image")
        if isinstance(value, list):
            value = ", ".join(each if isinstance(each, str) else str(_mapping(each).get("name", "")) for each in value)
        if isinstance(value, datetime.date):
            value = value.isoformat()
        if isinstance(value, str) and value.strip():
            return " ".join(value.split())
    return ""


def _base(facts: Mapping[str, Any], material: Material) -> str:
    for address in (_one_line(facts, "base_url", "canonical_url", "canonicalURL", "canonical"), material.url):
        if re.match(r"https?://[^\s/]", address):
            return address
    return ""


def _date_in_name(name: str) -> datetime.date | None:
    found = re.match(r"(\d{4}-\d{2}-\d{2})-", name.replace("\\", "/").rpartition("/")[2])
    return read_date(found[1]) if found else None


def _needs(text: str, base: str) -> list[Need]:
    words = _CODE.sub("", text)
    needs = list(labels_without_links(words))
    for bang, label, address in re.findall(r"(!?)\[([^\[\]]*)\]\(<?([^)\s>]*)", words):
        if bang and not label.strip():
            needs.append(
                Need("image", quoted(address, 200), "say what it shows between the brackets, for who cannot see it")
            )
        needs += _incomplete("image" if bang else "link", label, address, base)
    for tag, attributes in _TAG.findall(words):
        said = {name.lower(): first or second or bare for name, first, second, bare in _ATTRIBUTE.findall(attributes)}
        address = said.get("src" if tag.lower() == "img" else "href", "")
        if not address:
            continue
        if tag.lower() == "img" and "alt" not in said:
            needs.append(Need("image", quoted(address, 200), "say what it shows, alt=“…”, for who cannot see it"))
        needs += _incomplete("image" if tag.lower() == "img" else "link", said.get("alt", ""), address, base)
    return needs


def _incomplete(what: str, label: str, address: str, base: str) -> list[Need]:
    """Name an address that is incomplete, where the source does not say what it is relative to."""
    if base or re.match(r"[a-z][a-z0-9+.-]*:|#|//", address, re.IGNORECASE):
        return []
    remedy = "its address is only part of one: set base_url at the top, or write it out"
    return [Need(what, quoted(f"{label} ({address})".strip()), remedy)]


def _unknown(filled: Filled) -> list[Need]:
    remedy = "the site put something in its place that is not in the file; say it in words or link to it"
    return [Need("template tag", quoted(tag), remedy) for tag in filled.left_out]


def _left_out(filled: Filled) -> tuple[LeftOut, ...]:
    return tuple(LeftOut("template tag", tag, counts=False) for tag in filled.left_out)
