"""The frame around the article. In: a post's facts, the organisation's, the theme. Out: HTML and text of the mail.

The frame's own words are in the language of the post, where there is a catalogue for it.
"""

import re
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
_ONE_LANGUAGE: Mapping[str, Any] = {"second": None, "other": None, "first_title": ""}


def unreadable(theme: Theme) -> Iterator[Finding]:
    """Name the colours of `theme` in which words could not be read, by day or in the dark."""
    for mode, colours in (("light", theme.light), ("dark", theme.dark)):
        for words, ground, found in hard_to_read(colours):
            why = (
                f"{mode}.{words} {colours[words]} on {mode}.{ground} {colours[ground]} stands out {found:.1f}:1; many "
                f"cannot read words below {LEAST}:1. Change either in theme.toml"
            )
            yield Finding(Severity.ERROR, why)


def frame(
    folders: Sequence[Path], theme: Theme, values: Mapping[str, Any], article: str, gaps: Gaps, second: str = ""
) -> str:
    """Put `article`, as `email_markup` makes it, into the layout, in the looks of `theme`.

    `second`: the article of the second language, if `values` has a "second". Its headings are one level lower, because
    its title is no h1: a mail has only one.
    """
    runs = partial(direction_of, around=str(values["direction"]))
    context = {**_ONE_LANGUAGE, **values, **theme.tokens, "gap": gaps.gap, "article": gaps.article, "runs": runs}
    context["callouts"] = [kind for kind in CALLOUTS if f'class="callout {kind}"' in article + second]
    html = mjml.to_html(render(folders, LAYOUT, context, str(values["language"])), LAYOUT, str(values["direction"]))
    for word, name in ((gaps.article, "article"), (gaps.second_article, "second.article")):
        if html.count(word) != 1 and (second or word == gaps.article):
            raise CompileError(path=LAYOUT, why=f"{{{{ {name} }}}} must stand in it once, inside an mj-text")
    html = html.replace(gaps.article, inline_css(article, render(folders, "email/article.css", context)))
    if not second:
        return html
    context["direction"] = values["second"]["direction"]
    below = inline_css(second, render(folders, "email/article.css", context))
    return html.replace(gaps.second_article, _HEADING.sub(_lower, below))


_HEADING = re.compile(r"(</?h)([2-5])(?=[\s>])")


def _lower(tag: re.Match[str]) -> str:
    return f"{tag[1]}{int(tag[2]) + 1}"


def text_frame(folders: Sequence[Path], values: Mapping[str, Any], article: str, gaps: Gaps) -> str:
    """Put `article`, as plain text, into the layout of the text part."""
    context = {**_ONE_LANGUAGE, **values, "gap": gaps.gap, "article": article}
    text = render(folders, "email/layout.txt", context, str(values["language"]))
    return "\n".join(line.rstrip() for line in text.strip().split("\n")) + "\n"
