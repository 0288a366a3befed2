"""A post of a site generator (Jekyll, Hugo, 11ty). Signs: front matter; a name or marks of Markdown. Limit: 5 MB."""

import re

from newsletter.sources.choice import Choice
from newsletter.sources.draft import Draft
from newsletter.sources.kind import SourceKind
from newsletter.sources.material import Material

SUFFIXES = ("md", "markdown", "mkd", "mdx", "njk", "liquid")
_FRONT_MATTER = re.compile(r"\s*(?:---[ \t]*\n(?=[\s\S]*?\n---[ \t]*\n)|\+\+\+[ \t]*\n|\{\s*\n\s*\"\w+\"\s*:)")
_MARKDOWN = re.compile(
    r"^#{1,6} \S|^```|^\|[ :-]+\||\[[^\[\]\n]{1,300}\]\([^)\s]{1,2000}\)"
    r"|(?<!\w)\*\*\S[^*\n]{0,300}\*\*|^\s*!\[|^\S.*\n={3,}$",
    re.MULTILINE,
)


def _has_front_matter(material: Material) -> bool:
    return bool(_FRONT_MATTER.match(material.head))


def _is_html_post(material: Material) -> bool:
    return material.suffix in ("html", "htm") and _has_front_matter(material)


def _may_be_markdown(material: Material) -> bool:
    return material.suffix in SUFFIXES or bool(_MARKDOWN.search(material.text()))


def _read_html(material: Material, _: Choice) -> Draft:
    from newsletter.sources.site_post.reader import read_html_post

    return read_html_post(material)


def _read_markdown(material: Material, _: Choice) -> Draft:
    from newsletter.sources.site_post.reader import read_markdown

    return read_markdown(material)


HTML = SourceKind("HTML post", _read_html, certain=_is_html_post)
MARKDOWN = SourceKind("Markdown post", _read_markdown, certain=_has_front_matter, likely=_may_be_markdown)
