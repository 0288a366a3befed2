"""The words that stand around an article when a whole page or a mail is copied. In: a line or a block. Out: what it is.

Menus, share lines, comment forms, bylines, signatures: their words are in ``languages/``, one table per language. All
tables are searched at once, because a page does not always say which language its buttons are in.
"""

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from newsletter.sources.words import count_of

_PLACES = (
    r"(?:facebook|twitter|x|linkedin|whatsapp|e-?mail|reddit|pinterest|tumblr|telegram|bluesky|mastodon|threads|print|"
    r"google\+?|xing|pocket|messenger|instagram|tiktok|viber|line|weibo|wechat|微博|微信|vk|flipboard|sms|copy link)"
)
_ANY = r"[^\n]{2,160}?"
_TIME = r"(?:(?:,|\s|\()*(?:at |um |à |a las |alle |às |om |o )?\d{1,2}[:.hH]\d\d(?:[:.]\d\d)?(?: ?[ap]\.?m\.?)?\)?)"


def is_byline(block: str) -> bool:
    """Tell whether `block` is nothing but who wrote, when, and how long it takes to read."""
    pieces = [piece for piece in re.split(r"\s*[·•|｜／]\s*|\s+[–—-]\s+", _line(block)) if piece]
    return bool(pieces) and all(_byline().fullmatch(piece) for piece in pieces)


def is_control(block: str) -> bool:
    """Tell whether `block` is a button of the page: share, print, subscribe."""
    return bool(_lines("controls").fullmatch(_line(block)))


def is_stop(block: str) -> bool:
    """Tell whether `block` opens what comes after an article on a page; short lines may follow in it."""
    first, _, rest = block.strip().partition("\n")
    stops = _lines("stops")
    return bool(stops.fullmatch(_line(block)) or (rest and stops.fullmatch(_line(first))))


def is_junk(block: str) -> bool:
    """Tell whether `block` is nothing but controls of a page."""
    lines = [_line(line) for line in block.split("\n") if line.strip()]
    junk, stops, controls = (_lines(name) for name in ("junk", "stops", "controls"))
    return bool(junk.fullmatch(_line(block))) or all(
        junk.fullmatch(line) or stops.fullmatch(line) or controls.fullmatch(line) for line in lines
    )


def is_top(block: str) -> bool:
    """Tell whether `block` is the menu above an article: such words, or short lines with such words among them."""
    lines = [_line(line) for line in block.split("\n") if line.strip()]
    menu = sum(1 for line in lines if _lines("tops").fullmatch(line))
    return menu == len(lines) or (
        len(lines) > 2 and menu * 2 >= len(lines) and all(count_of(line) <= 4 for line in lines)
    )


def is_date(block: str) -> bool:
    """Tell whether `block` is nothing but a date, which may open a letter."""
    return bool(re.fullmatch(_date(), _line(block), re.IGNORECASE))


def is_footer_of_a_mail(block: str) -> bool:
    """Tell whether `block` is about the mail itself: unsubscribe, view in a browser."""
    return bool(_lines("unsubscribe").fullmatch(_line(block)))


def is_attribution(block: str) -> bool:
    """Say whether `block` names the author of a quote that follows: On Monday Ben wrote:"""
    line = _line(block)
    dated = re.search(r"@|\d[:.h]\d\d|\d{4}", line)
    return len(line) <= 300 and dated is not None and bool(_lines("wrote").fullmatch(line))


def is_forward(line: str) -> bool:
    """Tell whether `line` says that a forwarded mail follows."""
    return bool(_lines("forwarded").fullmatch(line.strip(" \t-_=>*•")))


def is_original(line: str) -> bool:
    """Say whether `line`, set between hyphens, says that the mail being answered follows."""
    return line.strip()[:2] in ("--", "__") and bool(_lines("original").fullmatch(line.strip(" \t-_=>*")))


def is_sent_from(line: str) -> bool:
    """Say whether `line` is the line that a telephone adds below every mail."""
    return bool(_lines("signature").fullmatch(_line(line).rstrip(".")))


def is_confidential(block: str) -> bool:
    """Say whether `block` is the notice that a company's server adds below every mail."""
    return bool(_lines("confidential").match(_line(block)))


def field_of(line: str) -> str:
    """Name the header field that `line` shows, as mail programs write it above a quoted mail; empty if it is none."""
    found = re.match(r"[\s>*]*([^\s:：*][^:：\n*]{0,30}?)\s?\**\s?[:：]", line)
    return _fields().get(found[1].strip().lower(), "") if found else ""


@cache
def languages() -> dict[str, dict[str, Any]]:
    """Read the tables, by language."""
    folder = files(__name__) / "languages"
    return {
        each.name.removesuffix(".toml"): tomllib.loads(each.read_text(encoding="utf-8"))
        for each in sorted(folder.iterdir(), key=lambda each: each.name)
        if each.name.endswith(".toml")
    }


@cache
def _fields() -> dict[str, str]:
    return {word: field for table in languages().values() for field, words in table["fields"].items() for word in words}


def _all(name: str) -> str:
    found = dict.fromkeys(words for table in languages().values() for words in table[name])
    return "|".join(found).replace("{place}", _PLACES).replace("{any}", _ANY)


@cache
def _lines(name: str) -> re.Pattern[str]:
    return re.compile(f"(?:{_all(name)})", re.IGNORECASE)


@cache
def _date() -> str:
    months, days = f"(?:{_all('months')})", f"(?:{_all('weekdays')})"
    return (
        rf"(?:{days}[.,]*\s*(?:le |el |den |the |de |dia |dnia )?)?"
        rf"(?:\d{{1,2}}(?:st|nd|rd|th|er|º|ª|°|\.)?\s?(?:de |of |d['’])?{months}\.?,?\s?(?:de |del )?\d{{4}}|"
        rf"{months}\.?\s\d{{1,2}}(?:st|nd|rd|th)?,?\s\d{{4}}|\d{{4}}-\d\d-\d\d|\d{{1,2}}[/.-]\d{{1,2}}[/.-]\d{{2,4}}|"
        rf"\d{{4}} ?[年/.-] ?\d{{1,2}} ?[月/.-] ?\d{{1,2}} ?日?(?: ?{days})?)"
        rf"{_TIME}?(?:\s?(?:{_all('after')}))?"
    )


@cache
def _byline() -> re.Pattern[str]:
    # "di", "de" and "by" begin many lines, so one word must follow, or a word with a capital.
    name, date = r"(?!\s)(?:(?-i:(?![a-zß-öø-ÿ]))[^.!?,，。、]{2,50}|[\w.-]{2,30})", _date()
    by, dated = f"(?:{_all('by')})", f"(?:{_all('dated')})"
    return re.compile(
        rf"(?:{dated}\s?)?{date}(?:,? {by} [^.!?]{{2,50}})?|"
        rf"{by}\s?{name}(?:[,，]?\s(?:{dated}\s)?{date})?|"
        rf"(?:{_all('reading')})|(?:\d+|no|keine?|aucun|0) ?(?:{_all('counts')})",
        re.IGNORECASE,
    )


def _line(block: str) -> str:
    return " ".join(block.split())
