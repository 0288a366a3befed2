"""A cleaned tree becomes a Draft. In: the article's element, and the facts known about it. Out: a Draft."""

import datetime
import re

from lxml.html import Element, HtmlElement

from newsletter.sources.draft import Draft, Enclosure, Need, quoted
from newsletter.sources.html.account import Account
from newsletter.sources.html.footnotes import mark_footnotes
from newsletter.sources.markdown import to_markdown
from newsletter.sources.needs import needs_of
from newsletter.sources.pictures import take_out


def draft_of(
    article: HtmlElement,
    kind: str,
    title: str,
    base: str,
    facts: dict[str, str],
    language: str = "",
    account: Account | None = None,
) -> Draft:
    """Write a cleaned tree as a Draft, with what it still needs."""
    account = account or Account()
    mark_footnotes(article)
    enclosures: list[Enclosure] = take_out(article, account)
    needs: list[Need] = [*account.needs, *needs_of(article, base)]
    body = to_markdown(_turned(article))
    return Draft(
        kind=kind,
        title=title,
        body=body,
        author=facts.get("author", ""),
        date=read_date(facts.get("date", "")),
        language=language if re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", language) else "",
        base_url=base,
        image=facts.get("image", ""),
        preheader=quoted(facts.get("description", ""), 140),
        dropped=tuple(account.left),
        needs=tuple(needs),
        enclosures=tuple(enclosures),
    )


def read_date(text: str) -> datetime.date | None:
    """Read the date at the start of an ISO date and time; None where there is none."""
    try:
        return datetime.date.fromisoformat(text.strip()[:10])
    except ValueError:
        return None


def _turned(article: HtmlElement) -> HtmlElement:
    """Put a right-to-left article below a root without a direction, so that the Markdown states the direction."""
    if article.get("dir") != "rtl":
        return article
    root = Element("div")
    article.tag = "div"
    root.append(article)
    return root
