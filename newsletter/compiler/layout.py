"""The frame around the article. In: a post's facts, the organisation's, the theme. Out: HTML and text of the mail.

The frame's own words are in the language of the post, where there is a catalogue for it.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from newsletter.compiled import Finding, Severity
from newsletter.compiler import mjml
from newsletter.compiler.bidi import direction_of
from newsletter.compiler.gaps import Gaps
from newsletter.compiler.inline import inline_css
from newsletter.errors import CompileError
from newsletter.theme import Theme, render
from newsletter.theme.colour import CALLOUTS, LEAST, hard_to_read

LAYOUT = "email/layout.mjml"


def unreadable(theme: Theme) -> Iterator[Finding]:
    """Name the colours of `theme` in which words could not be read, by day or in the dark."""
    for mode, colours in (("light", theme.light), ("dark", theme.dark)):
        for words, ground, found in hard_to_read(colours):
            why = (
                f"{mode}.{words} {colours[words]} on {mode}.{ground} {colours[ground]} stands out {found:.1f}:1; many "
                f"cannot read words below {LEAST}:1. Change either in theme.toml"
            )
            yield Finding(Severity.ERROR, why)


def frame(folders: Sequence[Path], theme: Theme, values: Mapping[str, Any], article: str, gaps: Gaps) -> str:
    """Put `article`, as `email_markup` makes it, into the layout, in the looks of `theme`."""
    runs = partial(direction_of, around=str(values["direction"]))
    context = {**values, **theme.tokens, "gap": gaps.gap, "article": gaps.article, "runs": runs}
    context["callouts"] = [kind for kind in CALLOUTS if f'class="callout {kind}"' in article]
    html = mjml.to_html(render(folders, LAYOUT, context, str(values["language"])), LAYOUT, str(values["direction"]))
    if html.count(gaps.article) != 1:
        raise CompileError(path=LAYOUT, why="{{ article }} must stand in it once, inside an mj-text")
    return html.replace(gaps.article, inline_css(article, render(folders, "email/article.css", context)))


def text_frame(folders: Sequence[Path], values: Mapping[str, Any], article: str, gaps: Gaps) -> str:
    """Put `article`, as plain text, into the layout of the text part."""
    text = render(folders, "email/layout.txt", {**values, "gap": gaps.gap, "article": article}, str(values["language"]))
    return "\n".join(line.rstrip() for line in text.strip().split("\n")) + "\n"
