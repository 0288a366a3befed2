"""The door to nh3. In: any HTML. Out: HTML of an allow-list, well-formed, without scripts, styles, forms or ids.

Embedded players (iframe, video, audio) are let through with their address alone; ``article`` turns them into links.
"""

from functools import cache

import nh3

INLINE = frozenset(
    "a abbr b bdi bdo br cite code del dfn em i img ins kbd mark q s samp small span strong sub sup time u var "
    "wbr".split()
)
BLOCKS = frozenset(
    "blockquote caption col colgroup dd div dl dt h1 h2 h3 h4 h5 h6 hr li ol p pre table tbody td tfoot th thead tr "
    "ul".split()
)
# Blocks that mail clients do not know; `article` gives them plainer names.
SECTIONS = frozenset(
    "address article aside center details fieldset figcaption figure footer header hgroup main nav section "
    "summary".split()
)
PLAYERS = frozenset("iframe video audio source embed".split())
# Dropped together with their content.
DROPPED = frozenset(
    "script style form noscript textarea select button svg math object template title noembed noframes xmp "
    "plaintext".split()
)
_ATTRIBUTES = {
    "*": {"dir", "lang", "style"},
    "a": {"href", "title"},
    "img": {"src", "alt", "width", "height", "title"},
    "ol": {"start", "type", "reversed"},
    "li": {"value"},
    "td": {"align", "colspan", "rowspan"},
    "th": {"align", "colspan", "rowspan", "scope"},
    "col": {"span"},
    "iframe": {"src", "title"},
    "video": {"src", "title", "poster"},
    "audio": {"src", "title"},
    "source": {"src"},
    "embed": {"src", "title"},
}


def sanitise(html: str) -> str:
    """Keep what a mail may hold; links lead to http, https, mailto or tel, or are relative still."""
    return _cleaner().clean(html)


@cache
def _cleaner() -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=set(INLINE | BLOCKS | SECTIONS | PLAYERS),
        clean_content_tags=set(DROPPED),
        attributes={tag: set(names) for tag, names in _ATTRIBUTES.items()},
        filter_style_properties={"text-align", "font-weight"},
        allowed_classes={"a": {"button"}, "div": {"footnotes"}},
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel=None,
        strip_comments=True,
    )
