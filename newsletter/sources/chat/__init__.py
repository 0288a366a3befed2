"""Messages of WhatsApp or Telegram, copied or exported. Signs: lines that open with a time and a name. Limit: 5 MB.

reader   text, and Telegram's result.json      telegram   its messages.html
"""

import re

from newsletter.sources.choice import Choice
from newsletter.sources.draft import Draft
from newsletter.sources.kind import SourceKind
from newsletter.sources.material import Material

_DAY = r"\d{1,4}[./-]\d{1,2}[./-]\d{2,4}"
_TIME = r"\d{1,2}[:.]\d\d(?:[:.]\d\d)?(?:[\s\u202f]?[ap]\.?\s?m\.?)?"
_WHATSAPP = rf"\u200e?\[?(?:{_DAY},?[\s\u202f]+{_TIME}|{_TIME},?[\s\u202f]+{_DAY})\]?(?:[\s\u202f]+[-–])?[\s\u202f]+"
MESSAGE = re.compile(rf"^{_WHATSAPP}(?P<name>[^:\n]{{1,60}}): ?(?P<words>.*)$", re.IGNORECASE)
EVENT = re.compile(rf"^{_WHATSAPP}(?P<words>[^:\n].*)$", re.IGNORECASE)
_WHEN = r"\[[^\]\n]{0,24}\d{1,2}[:.]\d\d[^\]\n]{0,14}\]"
TELEGRAM = re.compile(
    rf"^(?:(?P<name>[^,\[\]:\n]{{1,60}}),? {_WHEN}:?|{_WHEN} (?P<other>[^:\n]{{1,60}}): ?(?P<words>.*))$"
)


def _is_chat(material: Material) -> bool:
    if material.start.startswith(b"{") and b'"text_entities"' in material.content and b'"messages"' in material.content:
        return True
    if is_telegram(material.head):
        return True
    lines = [line for line in material.head.split("\n") if line.strip()][:40]
    opened = [line for line in lines if MESSAGE.match(line) or TELEGRAM.match(line)]
    return (
        bool(lines)
        and bool(MESSAGE.match(lines[0]) or EVENT.match(lines[0]) or TELEGRAM.match(lines[0]))
        and bool(opened)
    )


def is_telegram(head: str) -> bool:
    """Tell whether a page that begins with `head` is an export of Telegram."""
    return 'class="page_wrap"' in head and 'class="message ' in head and 'class="history"' in head


def _read(material: Material, _: Choice) -> Draft:
    from newsletter.sources.chat.reader import read_chat
    from newsletter.sources.chat.telegram import read_telegram

    return read_telegram(material) if is_telegram(material.head) else read_chat(material)


KIND = SourceKind("chat", _read, certain=_is_chat)
