"""HTML that holds only the article, as from a clipboard. Signs: marks of Word and Google Docs; tags. Limit: 5 MB."""

import re

from newsletter.sources.choice import Choice
from newsletter.sources.draft import Draft
from newsletter.sources.kind import SourceKind
from newsletter.sources.material import Material
from newsletter.sources.site_post import SUFFIXES

_MARKS = re.compile(
    r"docs-internal-guid|<!--StartFragment|class=[\"']?Mso|OutlineElement|urn:schemas-microsoft-com:office|SCXW\d"
    r"|lst-kix_|class=[\"'][^\"']*\bdoc-content\b|name=[\"']generator[\"'] content=[\"'](?:LibreOffice|OpenOffice)",
    re.IGNORECASE,
)
_TAGS = re.compile(
    r"<(?:p|div|h[1-6]|ul|ol|span|b|a|table|blockquote|article|section|meta|br|img|figure)\b[^>]*>", re.IGNORECASE
)


def _is_clipboard(material: Material) -> bool:
    return bool(_MARKS.search(material.head)) and "<" in material.head[:200]


def _has_tags(material: Material) -> bool:
    is_html = bool(re.match(r"\s*<", material.head)) or material.suffix in ("html", "htm")
    return is_html and material.suffix not in SUFFIXES and bool(_TAGS.search(material.head))


def _read(material: Material, _: Choice) -> Draft:
    from newsletter.sources.fragment.reader import read_clipboard

    return read_clipboard(material)


KIND = SourceKind("clipboard HTML", _read, certain=_is_clipboard, likely=_has_tags)
