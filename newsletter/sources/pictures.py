"""Pictures that came inside a source. In: a tree with data: addresses. Out: files to be written beside the post.

No mail carries a data: address: many clients show nothing in its place.
"""

import base64
import binascii
import hashlib
import re
from urllib.parse import unquote_to_bytes

from lxml.html import HtmlElement

from newsletter.sources.draft import Enclosure

_DATA = re.compile(r"data:image/(png|jpe?g|gif|webp)((?:;[\w=-]+)*),(.*)", re.DOTALL)
_MOST_BYTES = 15_000_000


def take_out(root: HtmlElement) -> list[Enclosure]:
    """Take pictures out of their data: addresses; the images then name the files. What is no picture stays as words."""
    found: dict[str, Enclosure] = {}
    for image in list(root.iter("img")):
        src = image.get("src") or ""
        if not src.startswith("data:"):
            continue
        enclosure = _enclosure(src)
        if enclosure is None or len(enclosure.content) > _MOST_BYTES:
            image.attrib.pop("src")
            continue
        found[enclosure.name] = enclosure
        image.set("src", enclosure.name)
        image.set("data-enclosed", "yes")
    return list(found.values())


def _enclosure(src: str) -> Enclosure | None:
    parts = _DATA.match(src)
    if not parts:
        return None
    try:
        content = base64.b64decode(parts[3], validate=False) if "base64" in parts[2] else unquote_to_bytes(parts[3])
    except (binascii.Error, ValueError):
        return None
    name = f"picture-{hashlib.sha256(content).hexdigest()[:8]}.{parts[1].replace('jpeg', 'jpg')}"
    return Enclosure(name, content)
