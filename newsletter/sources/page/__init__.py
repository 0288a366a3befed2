"""A web page, saved or fetched. Signs: it opens as a whole HTML document does. Limit: 5 MB.

reader   the page: its facts, its article      article   told from the page around it
surroundings   menus, share bars, comments
"""

from newsletter.sources.choice import Choice
from newsletter.sources.draft import Draft
from newsletter.sources.kind import SourceKind
from newsletter.sources.material import Material, opens_like_a_page
from newsletter.sources.site_post import SUFFIXES


def _is_page(material: Material) -> bool:
    return opens_like_a_page(material.head) and material.suffix not in SUFFIXES


def _read(material: Material, _: Choice) -> Draft:
    from newsletter.sources.page.reader import read_page

    return read_page(material)


KIND = SourceKind("web page", _read, certain=_is_page)
