"""The files beside a post that its mail uses. In: addresses as the article has them. Out: those of published files.

Links say what they lead to; pictures know their real width. It publishes nothing: it remembers what to publish later.
"""

from lxml.html import HtmlElement

from newsletter.publish import Beside, Published, Refusal


class Enclosed:
    """The files beside a post that its article uses."""

    def __init__(self, beside: Beside | None) -> None:
        self._beside = beside
        self._files: dict[str, Published] = {}

    @property
    def files(self) -> tuple[Published, ...]:
        return tuple(self._files.values())

    def find(self, written: str, *, picture: bool) -> Published | Refusal | None:
        """Look for the file that `written` names beside the post; None where it can only be an address of the web."""
        if self._beside is None:
            return None
        found = self._beside.picture(written) if picture else self._beside.linked(written)
        if isinstance(found, Published):
            self._files[found.address] = found
        return found

    def describe(self, link: HtmlElement) -> None:
        """Write what a document is into the link to it, unless its author did."""
        file = self._files.get(link.get("href", ""))
        if file is None or not file.label:
            return
        kind, _, size = file.label.partition(", ")
        words = "".join(str(text) for text in link.itertext())
        if size in words:
            return
        said = f"({size})" if kind.casefold() in words.casefold() else f"({file.label})"
        if len(link):
            link[-1].tail = f"{(link[-1].tail or '').rstrip()} {said}"
        else:
            link.text = f"{(link.text or '').rstrip()} {said}"

    def width(self, address: str) -> int:
        """Return the real width of the picture at `address`; 0 where it is not a file beside the post."""
        return self._files[address].width if address in self._files else 0

    def measure(self, image: HtmlElement) -> None:
        """Write the real width of a picture, unless its author made it narrower."""
        file = self._files.get(image.get("src", ""))
        if file is None or not file.width:
            return
        wanted = image.get("width", "").strip().removesuffix("px")
        narrow = wanted.isascii() and wanted.isdigit() and 0 < int(wanted[:6]) < file.width
        image.set("width", wanted if narrow else str(file.width))
