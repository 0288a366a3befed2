"""The door to premailer. In: the article's HTML and its CSS. Out: the same HTML with the CSS inline.

Only the article passes through it: the frame that MJML makes has its styles inline, and premailer would spoil it.
"""

import logging
import re
from functools import cache, lru_cache
from typing import Any


def inline_css(html: str, css: str) -> str:
    """Write the rules of `css` into style attributes; nothing is fetched."""
    premailer = _inliner()(
        f"<body>{html}</body>",
        css_text=css,
        disable_leftover_css=True,
        disable_basic_attributes=["width", "height", "bgcolor", "align", "valign"],
        remove_classes=False,
        strip_important=False,
        keep_style_tags=True,
        disable_link_rewrites=True,
        allow_network=False,
        allow_loading_external_files=False,
        cssutils_logging_level=logging.CRITICAL,
        disable_validation=True,
    )
    inlined: str = premailer.transform()
    start = inlined.index("<body>") + len("<body>")
    return _STYLE.sub(_tight, inlined[start : inlined.rindex("</body>")])


# The article's text holds no bare "<", so this finds only styles of tags.
_STYLE = re.compile(r'(<[a-z][a-z0-9]*(?: [a-z-]+="[^"]*")*? style=")([^"]*)')


def _tight(found: re.Match[str]) -> str:
    return found[1] + found[2].replace("; ", ";").replace(", ", ",")


@cache
def _inliner() -> Any:
    # Importing it takes 80 ms, which only a command that compiles should pay.
    from premailer import Premailer

    class Remembering(Premailer):  # type: ignore[misc]
        """Premailer that parses a style sheet once: parsing its rules costs more than applying them."""

        def _parse_style_rules(self, css_body: str, ruleset_index: int) -> tuple[list[Any], list[Any]]:
            return rules_of(css_body, ruleset_index)

    # The options are the same for every mail, so the rules depend only on the style sheet.
    @lru_cache(maxsize=16)
    def rules_of(css_body: str, ruleset_index: int) -> tuple[list[Any], list[Any]]:
        found: tuple[list[Any], list[Any]] = Premailer._parse_style_rules(reader, css_body, ruleset_index)  # noqa: SLF001
        return found

    reader = Premailer("<p></p>", strip_important=False, disable_validation=True)
    return Remembering
