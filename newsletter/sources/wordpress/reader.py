"""A post of a WordPress export becomes a Draft. In: WXR, the XML of Tools → Export. Out: one post or page of it.

Posts that are published come newest first; a title chooses among all posts and pages. Entities are not resolved and
nothing is fetched. Shortcodes become what they stand for, or are reported.
"""

from dataclasses import replace

from lxml import etree

from newsletter.errors import SourceError
from newsletter.sources.choice import Choice
from newsletter.sources.draft import Draft, LeftOut, Need
from newsletter.sources.fragment.reader import read_fragment
from newsletter.sources.html.tree import parse_html
from newsletter.sources.material import Material
from newsletter.sources.wordpress.shortcodes import expand

_SPACES = {
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
}


def read_wordpress(material: Material, choice: Choice) -> Draft:
    """Read the post that `choice` names, the newest published one by default. Raises SourceError."""
    items = [item for item in _channel(material).iter("item") if _wp(item, "post_type") in ("post", "page")]
    items = [item for item in items if _said(item, f"{{{_SPACES['content']}}}encoded").strip()]
    if choice.is_open or choice.number:
        items = [item for item in items if _wp(item, "post_type") == "post" and _wp(item, "status") in ("publish", "")]
    if not items:
        raise SourceError(source=material.name, why="holds no post")
    items.sort(key=lambda item: _wp(item, "post_date"), reverse=True)
    item = choice.among(items, lambda each: " ".join(_said(each, "title").split()), material.name)
    return _draft(item, material)


def _channel(material: Material) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=True)
    try:
        root = etree.fromstring(material.content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise SourceError(source=material.name, why=f"cannot be read as a WordPress export: {error}") from None
    if root is None:
        raise SourceError(source=material.name, why="cannot be read as a WordPress export")
    if root.getroottree().docinfo.internalDTD is not None:
        raise SourceError(source=material.name, why="declares entities, which no WordPress export does")
    return root


def _draft(item: etree._Element, material: Material) -> Draft:
    expanded = expand(_said(item, f"{{{_SPACES['content']}}}encoded"))
    root = parse_html(f"<div>{expanded.html}</div>", material.name)
    facts = {
        "author": _said(item, f"{{{_SPACES['dc']}}}creator"),
        "date": _wp(item, "post_date")[:10],
    }
    link = _said(item, "link").strip()
    draft = read_fragment(root, "WordPress export", link, " ".join(_said(item, "title").split()) or "Untitled", facts)
    needs = [
        Need(
            "shortcode",
            code,
            "WordPress put something in its place that a mail cannot show; say it in words or link to it",
        )
        for code in expanded.unknown
    ]
    if _wp(item, "post_password"):
        needs.append(Need("post", draft.title, "it is locked with a password on the blog; make sure it may be mailed"))
    return replace(
        draft,
        needs=(*draft.needs, *needs),
        dropped=(*draft.dropped, *(LeftOut("shortcode", code, counts=False) for code in expanded.unknown)),
    )


def _said(item: etree._Element, name: str) -> str:
    found = item.find(name)
    return "".join(str(text) for text in found.itertext()) if found is not None else ""


def _wp(item: etree._Element, name: str) -> str:
    """Read a child of WordPress's own namespace, whose address carries its version."""
    for child in item:
        if isinstance(child.tag, str) and child.tag.endswith(f"}}{name}") and "wordpress.org/export" in child.tag:
            return "".join(str(text) for text in child.itertext()).strip()
    return ""
