"""Pictures that came inside a source, or lie beside it. In: a tree. Out: files to be written beside the post.

No mail carries a data: address: many clients show nothing in its place.
"""

import base64
import binascii
import hashlib
import re
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import unquote, unquote_to_bytes

from lxml.html import HtmlElement

from newsletter.sources.draft import Draft, Enclosure

_DATA = re.compile(r"data:image/(png|jpe?g|gif|webp)((?:;[\w=-]+)*),(.*)", re.DOTALL)
_MOST_BYTES = 15_000_000
MOST_PICTURES = 60
_MARKS = ((b"\x89PNG", "png"), (b"\xff\xd8\xff", "jpg"), (b"GIF8", "gif"), (b"RIFF", "webp"))


def take_out(root: HtmlElement) -> list[Enclosure]:
    """Take pictures out of data: addresses; images then name the files. One that is no picture loses its address."""
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


def take_beside(root: HtmlElement, beside: Callable[[str], bytes | None]) -> list[Enclosure]:
    """Take the pictures of `root` that lie beside the source, read by `beside`; the images then name the files."""
    found: dict[str, Enclosure] = {}
    for image in list(root.iter("img"))[:MOST_PICTURES]:
        enclosure = enclosure_beside(image.get("src") or "", beside)
        if enclosure is not None:
            found[enclosure.name] = enclosure
            image.set("src", enclosure.name)
            image.set("data-enclosed", "yes")
            for name in ("srcset", "data-src", "data-srcset"):
                image.attrib.pop(name, None)
    return list(found.values())


def enclosure_beside(address: str, beside: Callable[[str], bytes | None]) -> Enclosure | None:
    """Read the picture at the relative `address`; None where there is none, or no picture a mail can show."""
    address = address.strip()
    if not address or re.match(r"(?:data|file|blob):|//|#", address, re.IGNORECASE):
        return None
    content = next((found for each in (address, unquote(address)) if (found := beside(each)) is not None), None)
    suffix = next((suffix for mark, suffix in _MARKS if content is not None and content.startswith(mark)), "")
    if content is None or not suffix or len(content) > _MOST_BYTES:
        return None
    stem = "cid" if address.startswith("cid:") else unquote(address).rpartition("/")[2].rpartition(".")[0]
    latin = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode().lower()
    stem = re.sub(r"[^a-z0-9]+", "-", latin).strip("-")[:40] or "picture"
    return Enclosure(f"{stem}-{hashlib.sha256(content).hexdigest()[:8]}.{suffix}", content)


def with_pictures_beside(draft: Draft, beside: Callable[[str], bytes | None]) -> Draft:
    """Take along the pictures that the Markdown of `draft` names and that lie beside the source."""
    body, enclosures, needs = draft.body, list(draft.enclosures), list(draft.needs)
    addresses = re.findall(
        r"!\[(?:[^\]\\]|\\.)*\]\(<?([^)>\n]{1,500}?)>?\)|<img\b[^>]{0,300}?\bsrc=\"([^\"]{1,500})\"", body
    )
    for address in list(dict.fromkeys(first or second for first, second in addresses))[:MOST_PICTURES]:
        enclosure = enclosure_beside(address, beside)
        if enclosure is None or enclosure.name == address:
            continue
        enclosures.append(enclosure)
        for before, after in (("](<", ">)"), ("](", ")"), ('src="', '"')):
            name = enclosure.name + (after.removeprefix(">") if before == "](<" else after)
            body = body.replace(f"{before}{address}{after}", f"{before.removesuffix('<')}{name}")
        needs = [
            need
            for need in needs
            if not (need.what == "image" and address in need.words and "part of one" in need.remedy)
        ]
    return replace(
        draft, body=body, enclosures=tuple({each.name: each for each in enclosures}.values()), needs=tuple(needs)
    )


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
