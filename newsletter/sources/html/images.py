"""Pictures of a page. In: a tree. Out: the same: none waits for a script, none stands twice or leads to itself."""

import re
from urllib.parse import unquote, urlsplit

from lxml.html import HtmlElement

from newsletter.sources.draft import LeftOut
from newsletter.sources.html.account import Account
from newsletter.sources.html.pruning import prune
from newsletter.sources.html.reading import words_of

_LAZY = ("data-src", "data-lazy-src", "data-original", "data-orig-src", "data-srcset", "data-lazy-srcset", "srcset")
_PICTURE_FILE = re.compile(r"\.(?:jpe?g|png|gif|webp|avif)(?:$|[?#])", re.IGNORECASE)


def unlink_pictures(root: HtmlElement) -> None:
    """Remove the link from a picture to its own file (class image-link), or to a file beside the source."""
    unlinked: list[HtmlElement] = []
    for link in list(root.iter("a")):
        href = link.get("href") or ""
        if not _PICTURE_FILE.search(href) or words_of(link) or link.getparent() is None:
            continue
        is_beside = not re.match(r"[a-z][a-z0-9+.-]*:|//", href, re.IGNORECASE)
        if ("image-link" in (link.get("class") or "") or is_beside) and link.find(".//img") is not None:
            unlinked.append(link)
    prune((), opened=unlinked)


def load_lazy_images(root: HtmlElement) -> None:
    """Give an image that waits for a script the address it waits for, and drop invisible pictures."""
    for image in list(root.iter("img")):
        src = (image.get("src") or "").strip()
        if not src or src.startswith(("data:image/gif", "data:image/svg")):
            waiting = next((image.get(name) for name in _LAZY if image.get(name)), "") or ""
            if waiting.strip():
                image.set("src", waiting.split(",")[0].split()[0])
        sizes = (image.get("width", "").strip(), image.get("height", "").strip())
        if set(sizes) & {"0", "1", "1px", "0px"} or not (image.get("src") or image.get("alt")):
            image.drop_tree()


def drop_twins(root: HtmlElement, account: Account) -> None:
    """Keep a picture for browsers without scripts where it is the only one; its twin, and mere notices, go."""
    waiting = list(root.iter("noscript"))
    if not waiting:
        return
    shown = {
        _file_of(image.get("src") or "")
        for image in root.iter("img")
        if next(image.iterancestors("noscript"), None) is None
    }
    for hidden in waiting:
        if hidden.getparent() is None:
            continue
        pictures = [_file_of(image.get("src") or "") for image in hidden.iter("img")]
        beside = [each for each in (hidden.getprevious(), hidden.getnext()) if each is not None]
        twin = any(each in shown for each in pictures) or any(
            each.tag in ("img", "picture") and (each.tag == "img" or each.find(".//img") is not None) for each in beside
        )
        if pictures and not twin:
            shown.update(pictures)
            hidden.drop_tag()
        else:
            if words_of(hidden):
                account.left.append(LeftOut("for browsers without scripts", words_of(hidden), counts=False))
            hidden.drop_tree()


def _file_of(address: str) -> str:
    """Name the file of a picture, whatever size and host it is asked for in."""
    try:
        name = urlsplit(unquote(address)).path.rpartition("/")[2].lower()
    except ValueError:
        return address
    return re.sub(r"(?:-\d{2,4}x\d{2,4}|-scaled|@\dx)(?=\.\w+$)", "", name)
