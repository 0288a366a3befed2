"""Reads the marks of GitHub's Markdown. In: the article's tree. Out: the same tree, with what the marks stand for.

> [!NOTE]                             a callout, with a label; also TIP, IMPORTANT, WARNING, CAUTION
> [!PROGRESS] 340 of 500 signatures   how far something is (our own mark); `email_markup` draws the bar
- [x] The petition is handed in       a ticked box; [ ] is an empty one

The text part is made from this tree, too. So a mark becomes text and classes here, and `email_markup` does the rest.
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
"""The label of each callout in English; the catalogues of other languages translate it."""
_SIGNS = {"NOTE": "\u24d8", "TIP": "\u2605", "IMPORTANT": "\u2731", "WARNING": "\u26a0\ufe0e", "CAUTION": "\u2715"}
"""A sign before each label, because many readers cannot tell callouts by colour; every system's fonts have these."""

_MARK = re.compile(rf"\s*\[!({'|'.join(LABELS)}|PROGRESS)\]\s*", re.IGNORECASE)
_BOX = re.compile(r"\s*\[([ xX])\]\s+")
_PERCENT = re.compile(r"(\d+(?:[.,]\d+)?)\s*%")
_NUMBER = re.compile(r"(\d(?:[\d.,\u00a0\u202f’]| (?=\d{3}(?!\d)))*)(?:\s*([^\W\d_]+))?")
_GROUPED = re.compile(r"\d{1,3}(?:[.,\u00a0\u202f’ ]\d{3})+[.,\u00a0\u202f]*|\d+[.,\u00a0\u202f]*")
_SCALES = dict.fromkeys(("k", "thousand", "mil", "tausend", "mille"), 1e3)
_SCALES |= dict.fromkeys(
    ("m", "mn", "million", "millions", "miliwn", "mio", "millionen", "millones", "milioni", "miljoen"), 1e6
)
_SCALES |= dict.fromkeys(("bn", "billion", "billions", "mrd", "milliarde", "milliarden", "milliards"), 1e9)


def mark(root: HtmlElement, spoken: Language, around: str) -> None:
    """Replace the marks in `root`, in place, by what they stand for.

    `spoken` is the language of the labels, `around` the post's; they differ where we have no words in the post's.
    """
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
    """Read the progress in `words`: 0 to 1, from "68 %", else from the first two numbers, "340 of 500".

    In the two numbers, points, commas and no-break spaces group digits where three digits follow each ("12.500"), and
    else are decimals ("1.5 of 3"). A word such as "million" after the second number is meant for both ("1.5 of 3
    million"), unless the first is the larger ("500,000 of 3 million"). None: there is neither a percentage nor two
    numbers, or the second number is 0.
    """
    if percent := _PERCENT.search(words):
        return min(float(percent[1].replace(",", ".")) / 100, 1.0)
    numbers = [(_value(found[1]), _SCALES.get((found[2] or "").casefold(), 1.0)) for found in _NUMBER.finditer(words)][
        :2
    ]
    if len(numbers) < 2 or not numbers[1][0]:
        return None
    (done, of_done), (all_, of_all) = numbers
    if of_done == 1.0 and done <= all_:
        of_done = of_all
    return min(done * of_done / (all_ * of_all), 1.0)


def _value(written: str) -> float:
    if _GROUPED.fullmatch(written):
        return float(re.sub(r"\D", "", written))
    whole, _, decimals = re.sub(r"[\u00a0\u202f’]", "", written).rstrip(".,").replace(",", ".").partition(".")
    return float(f"{whole}.{re.sub(r'[^0-9]', '', decimals) or 0}")


def _callout(quote: HtmlElement, spoken: Language, around: str) -> None:
    """Make `quote` a callout or a progress if its first paragraph begins with such a mark; else leave it."""
    first = quote[0] if len(quote) and quote[0].tag == "p" and not (quote.text or "").strip() else None
    found = _MARK.match(first.text or "") if first is not None else None
    if first is None or not found:
        return
    first.text = (first.text or "")[found.end() :]
    kind = found[1].upper()
    if kind == "PROGRESS":
        _progress(quote, first)
        return
    if "\n" not in found[0].lstrip():
        _title_apart(quote, first)
    label = Element("p", {"class": "label"})
    sign = Element("span", {"aria-hidden": "true"})
    sign.text, sign.tail = _SIGNS[kind], f" {spoken.say(LABELS[kind])}"
    if spoken.direction == "rtl" or direction(around) == "rtl":
        sign.set("dir", "rtl")  # ⓘ counts as a Latin letter; without this it stands on the wrong side of its label
    if spoken.code != around.lower().partition("-")[0] and spoken.code != around.lower():
        label.set("lang", spoken.code)
    label.append(sign)
    quote.set("class", f"callout {kind.lower()}")
    if not first.text_content().strip() and not len(first):
        quote.remove(first)
    quote.insert(0, label)


def _title_apart(quote: HtmlElement, first: HtmlElement) -> None:
    """Make a paragraph of its own, bold, of words that stand in the line of the mark and have more lines below them."""
    title, line_end, rest = (first.text or "").partition("\n")
    if not (line_end and title.strip() and (rest.strip() or len(first))):
        return
    above, strong = Element("p"), Element("strong")
    strong.text = title.strip()
    above.append(strong)
    above.tail = "\n"
    first.text = rest.lstrip()
    quote.insert(quote.index(first), above)


def _progress(quote: HtmlElement, first: HtmlElement) -> None:
    first.set("class", "progress")
    first.tail = None
    quote.tag = "div"


def _box(item: HtmlElement) -> None:
    """Draw the box of a list item that begins with "[ ]" or "[x]", as a character."""
    holder = item[0] if len(item) and item[0].tag == "p" and not (item.text or "").strip() else item
    found = _BOX.match(holder.text or "")
    if found:
        holder.text = ("☐ " if found[1] == " " else "☑ ") + (holder.text or "")[found.end() :]
        item.set("class", "box")
