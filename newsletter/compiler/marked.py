"""Marks that authors know from elsewhere. In: the article's tree. Out: callouts with a label, boxes to tick, progress.

> [!NOTE]                             a callout: note, tip, important, warning, caution; what it says follows
> [!PROGRESS] 340 of 500 signatures   how far something is; the bar is drawn by ``dress``
- [x] The petition is handed in       done, and [ ] to do
"""

import re

from lxml.html import Element, HtmlElement

from newsletter.languages import Language, direction

LABELS = {
    "NOTE": "Note",
    "TIP": "Tip",
    "IMPORTANT": "Important",
    "WARNING": "Warning",
    "CAUTION": "Caution",
}
"""What callouts are called; in English here, and in the catalogues of other languages."""
_SIGNS = {"NOTE": "\u24d8", "TIP": "\u2605", "IMPORTANT": "\u2731", "WARNING": "\u26a0\ufe0e", "CAUTION": "\u2715"}
"""Many readers cannot tell a callout by colour alone; these signs are in every system's fonts."""

_MARK = re.compile(rf"\s*\[!({'|'.join(LABELS)}|PROGRESS)\]\s*", re.IGNORECASE)
_BOX = re.compile(r"\s*\[([ xX])\]\s+")
_PERCENT = re.compile(r"(\d+(?:[.,]\d+)?)\s*%")
_NUMBER = re.compile(r"\d[\d.,\u00a0\u202f’]*")


def mark(root: HtmlElement, spoken: Language, around: str) -> None:
    """Replace the marks in `root` by what they stand for, labelled as `spoken`; `around` is the post's language."""
    for quote in list(root.iter("blockquote")):
        _callout(quote, spoken, around)
    for item in root.iter("li"):
        _box(item)
    for items in root.iter("ul", "ol"):
        if all(item.get("class") == "box" for item in items.iterchildren("li")):
            items.set("class", "boxes")
            for item in items:
                item.attrib.pop("class", None)


def share(words: str) -> float | None:
    """Return the progress from 0 to 1, from a percentage or the first two numbers; None where there are none."""
    if percent := _PERCENT.search(words):
        return min(float(percent[1].replace(",", ".")) / 100, 1.0)
    numbers = [int(re.sub(r"\D", "", found)) for found in _NUMBER.findall(words)[:2]]
    return min(numbers[0] / numbers[1], 1.0) if len(numbers) == 2 and numbers[1] else None


def _callout(quote: HtmlElement, spoken: Language, around: str) -> None:
    first = quote[0] if len(quote) and quote[0].tag == "p" and not (quote.text or "").strip() else None
    found = _MARK.match(first.text or "") if first is not None else None
    if first is None or not found:
        return
    first.text = (first.text or "")[found.end() :]
    kind = found[1].upper()
    if kind == "PROGRESS":
        _progress(quote, first)
        return
    label = Element("p", {"class": "label"})
    sign = Element("span", {"aria-hidden": "true"})
    sign.text, sign.tail = _SIGNS[kind], f" {spoken.say(LABELS[kind])}"
    if spoken.direction == "rtl" or direction(around) == "rtl":
        sign.set("dir", "rtl")  # else a sign that counts as a letter goes to the wrong side of its label
    if spoken.code != around.lower().partition("-")[0] and spoken.code != around.lower():
        label.set("lang", spoken.code)
    label.append(sign)
    quote.set("class", f"callout {kind.lower()}")
    if not first.text_content().strip() and not len(first):
        quote.remove(first)
    quote.insert(0, label)


def _progress(quote: HtmlElement, first: HtmlElement) -> None:
    first.set("class", "progress")
    first.tail = None
    quote.tag = "div"


def _box(item: HtmlElement) -> None:
    holder = item[0] if len(item) and item[0].tag == "p" and not (item.text or "").strip() else item
    found = _BOX.match(holder.text or "")
    if found:
        holder.text = ("☐ " if found[1] == " " else "☑ ") + (holder.text or "")[found.end() :]
        item.set("class", "box")
