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

from newsletter.sources.draft import Draft, Enclosure, Need, quoted
from newsletter.sources.html.account import Account

_STATED = re.compile(r"data:image/(png|jpe?g|gif|webp)\b", re.IGNORECASE)
_DRAWS = re.compile(rb"<(?:path|g|use|image|text|rect|circle|ellipse|line|polyline|polygon)\b", re.IGNORECASE)
MOST_BYTES = 25_000_000  # as many as a file beside a post may have
MOST_PICTURES = 60
_MARKS = ((b"\x89PNG", "png"), (b"\xff\xd8\xff", "jpg"), (b"GIF8", "gif"), (b"RIFF", "webp"))
_TOO_LARGE = f"has more than {MOST_BYTES // 1_000_000} MB; make it smaller and put it beside the post"
_NOT_SHOWN = "is of a kind that no mail can show; save it as PNG or JPEG and put it beside the post"
_HOW = ", ![what it shows](picture.png)"


def take_out(root: HtmlElement, account: Account) -> list[Enclosure]:
    """Take pictures out of data: addresses; images then name the files. What no file can be made of is a need."""
    found: dict[str, Enclosure] = {}
    left: dict[str, list[str]] = {}
    for image in list(root.iter("img")):
        src = (image.get("src") or "").strip()
        if src[:5].lower() != "data:":
            continue
        content = _content(src)
        suffix = _suffix(src, content)
        if suffix and len(content) <= MOST_BYTES:
            enclosure = Enclosure(f"picture-{hashlib.sha256(content).hexdigest()[:8]}.{suffix}", content)
            found[enclosure.name] = enclosure
            image.set("src", enclosure.name)
            image.set("data-enclosed", "yes")
            continue
        image.attrib.pop("src")
        if suffix or b"<svg" not in content[:2_000] or _DRAWS.search(content):  # an empty one only keeps a place
            words = " ".join((image.get("alt") or "").split()) or f"a picture without words ({src[5:40].split(',')[0]})"
            left.setdefault(_TOO_LARGE if suffix else _NOT_SHOWN, []).append(words)
    for why, names in left.items():
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        account.needs.append(Need("picture", quoted(names[0]) + more, why + _HOW))
    return list(found.values())


def take_beside(root: HtmlElement, beside: Callable[[str], bytes | None], account: Account) -> list[Enclosure]:
    """Take the pictures of `root` that lie beside the source, read by `beside`; the images then name the files."""
    found: dict[str, Enclosure] = {}
    left: set[str] = set()
    for image in list(root.iter("img")):
        enclosure = enclosure_beside(image.get("src") or "", beside)
        if enclosure is None:
            continue
        if enclosure.name not in found and len(found) >= MOST_PICTURES:
            left.add(enclosure.name)
            continue
        found[enclosure.name] = enclosure
        image.set("src", enclosure.name)
        image.set("data-enclosed", "yes")
        for name in ("srcset", "data-src", "data-srcset"):
            image.attrib.pop(name, None)
    account.needs += beyond_limit(len(left), "were not taken along; put those that readers need beside the post")
    return list(found.values())


def beyond_limit(count: int, what: str) -> list[Need]:
    """Say in one need that `count` pictures are more than a post keeps, and `what` follows from it."""
    return [Need("pictures", f"{count} more than the {MOST_PICTURES} that a post keeps", what)] if count else []


def enclosure_beside(address: str, beside: Callable[[str], bytes | None]) -> Enclosure | None:
    """Read the picture at the relative `address`; None where there is none, or no picture a mail can show."""
    address = address.strip()
    if not address or re.match(r"(?:data|file|blob):|//|#", address, re.IGNORECASE):
        return None
    content = next((found for each in (address, unquote(address)) if (found := beside(each)) is not None), None)
    suffix = next((suffix for mark, suffix in _MARKS if content is not None and content.startswith(mark)), "")
    if content is None or not suffix or len(content) > MOST_BYTES:
        return None
    stem = "cid" if address.startswith("cid:") else unquote(address).rpartition("/")[2].rpartition(".")[0]
    latin = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode().lower()
    stem = re.sub(r"[^a-z0-9]+", "-", latin).strip("-")[:40] or "picture"
    return Enclosure(f"{stem}-{hashlib.sha256(content).hexdigest()[:8]}.{suffix}", content)


def addresses_in(body: str) -> list[str]:
    """List the addresses of the pictures in Markdown, as they are written there, each once."""
    found = re.findall(
        r"!\[(?:[^\]\\]|\\.)*\]\(<?([^)>\n]{1,500}?)>?\)|<img\b[^>]{0,300}?\bsrc=\"([^\"]{1,500})\"", body
    )
    return list(dict.fromkeys(first or second for first, second in found))


def renamed(body: str, address: str, name: str) -> str:
    """Let the pictures of Markdown that stand at `address` name a file beside the post."""
    body = body.replace(f"](<{address}>)", f"]({name})").replace(f"]({address})", f"]({name})")
    return body.replace(f'src="{address}"', f'src="{name}"')


def with_pictures_beside(draft: Draft, beside: Callable[[str], bytes | None]) -> Draft:
    """Take along the pictures that the Markdown of `draft` names and that lie beside the source."""
    body, enclosures, needs = draft.body, list(draft.enclosures), list(draft.needs)
    left = 0
    for address in addresses_in(body):
        enclosure = enclosure_beside(address, beside)
        if enclosure is None or enclosure.name == address:
            continue
        if len(enclosures) >= MOST_PICTURES:
            left += 1
            continue
        enclosures.append(enclosure)
        body = renamed(body, address, enclosure.name)
        needs = [
            need
            for need in needs
            if not (need.what == "image" and address in need.words and "part of one" in need.remedy)
        ]
    needs += beyond_limit(left, "were not taken along; put those that readers need beside the post")
    return replace(
        draft, body=body, enclosures=tuple({each.name: each for each in enclosures}.values()), needs=tuple(needs)
    )


def _content(src: str) -> bytes:
    """Read what stands in a data: address; empty where it is damaged."""
    header, _, data = src.partition(",")
    content = unquote_to_bytes(data)
    if "base64" not in header.lower():
        return content
    try:
        return base64.b64decode(content + b"==", validate=False)  # some programs leave out the signs at its end
    except (binascii.Error, ValueError):
        return b""


def _suffix(src: str, content: bytes) -> str:
    """Tell of what kind a picture is by its first bytes, else by what its address states; empty if no mail shows it."""
    stated = _STATED.match(src)
    known = next((suffix for mark, suffix in _MARKS if content.startswith(mark)), "")
    return known or (stated[1].lower().replace("jpeg", "jpg") if stated and content else "")
