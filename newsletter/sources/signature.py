"""A signature without a mark at the end of a mail. In: a post's Markdown. Out: a Need that quotes it, or none.

Nothing is taken out: without a mark a signature looks like the end of any letter. It opens with a name and is short
lines to the end; and it is one person's, because the name is the sender's, or stands in the address below it. So a
committee's names, "Yours, Ann" and how to reach a campaign are not asked about.
"""

import re
import unicodedata

from newsletter.sources.draft import Need, quoted

# Nine digits or more are looked for where a number is used, which no date has.
NUMBER = re.compile(r"(?<![\w/=.%+-])\+?\(?\d{2,5}\)?(?:[ ./-]?\(?\d{2,5}\)?){2,5}(?![\w/=%:-])")
_ADDRESS = re.compile(r"([\w.+-]{1,64})@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}")
_NAME = re.compile(r"[^\W\d_][\w.'’-]*(?: [^\W\d_][\w.'’-]*){1,3}")
_SIGNS = re.compile(r"!?\[([^\[\]]{0,200})\]\(([^)]{0,300})\)|[*_>|\\]+")
_LINES = 14  # at the end of a post
_END = 3_000  # characters, which hold them
_LONG = 70  # characters; a longer line is a company's notice, or prose
_REMEDY = "looks like a signature below the mail; take it out unless every reader may have what stands in it"


def signature_of(body: str, sender: str = "") -> tuple[Need, ...]:
    """Ask about the signature that `body` ends with; `sender` is the name of who wrote the mail, where it is known."""
    lines = [line for line in re.split(r"\n|<br>", body[-_END:]) if line.strip(" \\>|-")][-_LINES:]
    shown = [" ".join(_SIGNS.sub(r" \1 ", line).split()) for line in lines]
    for at, name in enumerate(shown):
        if _is_name(name) and not _is_introduced(lines[:at]) and _is_of(name, lines[at + 1 :], shown[at + 1 :], sender):
            return (Need("signature", quoted(" · ".join(shown[at:]), 80), _REMEDY),)
    return ()


def numbers_in(text: str) -> list[str]:
    """List what looks like a telephone number: nine digits or more, which no date has."""
    found = NUMBER.findall(text)
    return list(dict.fromkeys(each for each in found if 9 <= len(re.sub(r"\D", "", each)) <= 15))


def _is_name(line: str) -> bool:
    """Tell whether a line is nothing but a name: words with capitals, at most one of them small (von, ap, de)."""
    words = line.rstrip(",").split()
    return bool(_NAME.fullmatch(line.rstrip(","))) and sum(not each[0].isupper() for each in words) <= len(words) - 2


def _is_introduced(before: list[str]) -> bool:
    """Tell whether a heading or a colon says who follows, as in a post that names whom to ask."""
    return bool(before) and (before[-1].startswith("#") or before[-1].rstrip(" \\*").endswith(":"))


def _is_of(name: str, below: list[str], shown: list[str], sender: str) -> bool:
    """Tell whether the lines below a name are that person's: how to reach them, in short lines to the end."""
    if not below or sum(len(line) > _LONG for line in shown) > 1:
        return False
    own = _parts(name)
    is_sender = bool(own & _parts(sender))
    whole = "\n".join(below)
    in_address = any(part in _plain(local) for local in _ADDRESS.findall(whole) for part in own)
    return (is_sender or in_address) if numbers_in(whole) else (is_sender and in_address)


def _parts(name: str) -> set[str]:
    return {part for part in re.split(r"[\s.-]+", _plain(name)) if len(part) > 2}


def _plain(text: str) -> str:
    """Write letters without their accents, as an address does."""
    text = text.lower().replace("ä", "ae").replace("ö", "oe").replace("ü", "ue").replace("ß", "ss")
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
