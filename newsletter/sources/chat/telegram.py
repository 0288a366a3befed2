"""The page that Telegram exports, messages.html, becomes a Draft. In: its HTML. Out: what was written.

As of every chat, who wrote and when is left out; so are photographs, voices and files, which are named.
"""

from dataclasses import replace

from lxml.html import Element, HtmlElement

from newsletter.errors import SourceError
from newsletter.sources.draft import Draft, LeftOut, Need
from newsletter.sources.html.account import Account
from newsletter.sources.html.reading import words_of
from newsletter.sources.html.tree import clean, parse_html
from newsletter.sources.material import Material
from newsletter.sources.words import letters_of
from newsletter.sources.writing import draft_of

_NAMES = "left out, with the times; say in the post who says what, if they agree"


def read_telegram(material: Material) -> Draft:
    """Read the messages of an exported page. Raises SourceError where nothing is left of them."""
    account, names, article = Account(), set[str](), Element("div")
    for message in _called(parse_html(material.text(), material.name), "message"):
        if "service" in _classes(message):
            account.words(words_of(message))
            continue
        names |= {letters_of(words_of(each)) for each in _called(message, "from_name")}
        files = [words_of(each) or "picture" for each in _called(message, "media_wrap")]
        account.left += [LeftOut("attachment", words, counts=False) for words in files]
        for text in _called(message, "text"):
            text.tail = None
            article.append(text)
    if not words_of(article):
        raise SourceError(source=material.name, why="holds no words of a post")
    draft = draft_of(clean(article, "", account), "chat", "", "", {}, account=account)
    title, body = _title(draft.body)
    needs = (Need("names", f"{len(names)} who wrote", _NAMES),) if names else ()
    return replace(draft, title=title, body=body, needs=(*needs, *draft.needs))


def _classes(element: HtmlElement) -> list[str]:
    return (element.get("class") or "").split()


def _called(root: HtmlElement, name: str) -> list[HtmlElement]:
    return [each for each in root.iter("div") if name in _classes(each)]


def _title(body: str) -> tuple[str, str]:
    """Take the first line for the title, if it is short, leads nowhere and something follows."""
    first, _, rest = body.partition("\n")
    words = first.strip("*_~\\ ")
    if not words or len(words) > 100 or "](" in words or words.endswith((",", ";")) or not rest.strip():
        return "", body
    return words, rest.lstrip("\n")
