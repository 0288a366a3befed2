"""A web page becomes a Draft. In: HTML, saved or fetched. Out: its article, and what the page says about itself."""

import json
import re
from dataclasses import replace
from typing import Any

from lxml.html import HtmlElement

from newsletter.sources.draft import Draft
from newsletter.sources.html.account import Account
from newsletter.sources.html.reading import words_of
from newsletter.sources.html.tree import base_of, clean, parse_html
from newsletter.sources.material import Material
from newsletter.sources.page.article import find_article
from newsletter.sources.page.title import title_of
from newsletter.sources.pictures import take_beside
from newsletter.sources.writing import draft_of


def read_page(material: Material) -> Draft:
    """Read the article of a web page. Raises SourceError."""
    root = parse_html(material.text(), material.name)
    base = base_of(root, material.url)
    facts = _facts(root)
    title = title_of(root, facts, base)
    direction = next(
        (each.get("dir") for each in (root, root.find("body")) if each is not None and each.get("dir")), ""
    )
    language = (root.get("lang") or root.get("{http://www.w3.org/XML/1998/namespace}lang") or "").strip()
    account = Account()
    pictures = take_beside(root, material.beside, account)
    clean(root, base, account)
    article = find_article(root, account, title)
    if direction == "rtl" and not article.get("dir"):
        article.set("dir", "rtl")
    draft = draft_of(article, "web page", title, base, facts, language, account)
    shown = (each for each in pictures if each.name in draft.body)
    return replace(draft, enclosures=(*draft.enclosures, *shown))


_META = {
    "title": ("og:title", "twitter:title", "dc.title", "headline"),
    "author": ("author", "article:author", "dc.creator", "parsely-author"),
    "date": ("article:published_time", "datepublished", "date", "dc.date", "parsely-pub-date"),
    "image": ("og:image", "twitter:image"),
    "description": ("description", "og:description"),
}


def _facts(root: HtmlElement) -> dict[str, str]:
    """Read what the page states in its head, then in JSON-LD, then in marked elements."""
    metas: dict[str, str] = {}
    for meta in root.iter("meta"):
        name = (meta.get("property") or meta.get("name") or meta.get("itemprop") or "").lower()
        if name and meta.get("content"):
            metas.setdefault(name, " ".join((meta.get("content") or "").split()))
    facts = {fact: next((metas[name] for name in names if name in metas), "") for fact, names in _META.items()}
    linked = _linked_data(root)
    facts = {fact: value or linked.get(fact, "") for fact, value in facts.items()}
    if facts["author"].startswith("http"):
        facts["author"] = ""
    facts["author"] = re.sub(r"\s*\(https?:[^)]*\)", "", facts["author"] or _marked_author(root))
    if len(facts["author"]) > 80:
        facts["author"] = ""
    facts["date"] = facts["date"] or next((time for each in root.iter("time") if (time := each.get("datetime"))), "")
    return facts


def _marked_author(root: HtmlElement) -> str:
    found = root.xpath("descendant::*[@rel='author' or (@class and contains(concat(' ', @class, ' '), ' p-author '))]")
    return words_of(found[0]) if found else ""


def _linked_data(root: HtmlElement) -> dict[str, str]:
    for script in root.xpath("descendant::script[@type='application/ld+json']"):
        try:
            found = json.loads(script.text or "")
        except (ValueError, RecursionError):
            continue
        graph = found.get("@graph", [found]) if isinstance(found, dict) else found
        for each in graph if isinstance(graph, list) else []:
            if isinstance(each, dict) and re.search("Article|BlogPosting", str(each.get("@type"))):
                return {
                    "title": _text(each.get("headline")),
                    "author": _text(each.get("author")),
                    "date": _text(each.get("datePublished")),
                }
    return {}


def _text(value: Any) -> str:
    if isinstance(value, list) and value:
        value = value[0]
    if isinstance(value, dict):
        value = value.get("name", "")
    return " ".join(value.split()) if isinstance(value, str) else ""
