"""How a mail is shown. In: its HTML, and a view. Out: HTML for a frame that shows this view on any machine.

It changes nothing else: the frame shows the real mail.
"""

import re
from dataclasses import dataclass
from html import escape

DARK_RULE = re.compile(r"@media\s*\(\s*prefers-color-scheme:\s*dark\s*\)")
_SCHEMES = re.compile(r"(color-schemes?\"?\s*(?::|content=\")\s*)light dark")
_IMAGE = re.compile(r"""<img\b(?:[^>"]|"[^"]*")*>""", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""\s(alt|width)\s*=\s*"([^"]*)\"""", re.IGNORECASE)
_ICON = 200  # px
_HEAD = re.compile(r"<head\b[^>]*>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class View:
    """One way to look at a mail: its name, its width in px, its title on the page."""

    name: str
    width: int
    title: str
    shape: str


VIEWS = (
    View("light", 390, "Phone", "phone"),
    View("dark", 390, "Phone, dark", "phone"),
    View("desktop", 720, "Desktop", "window"),
    View("desktop-dark", 720, "Desktop, dark", "window"),
    View("no-images", 390, "Images off", "phone"),
    View("text", 620, "Text part", "window"),
)
HIDDEN = frozenset(("desktop-dark",))
"""Views that the page shows only on request."""


def view_page(view: str, html: str, text: str) -> str:
    """Make the HTML page for the frame of a view."""
    if view == "text":
        return _TEXT.replace("TEXT", escape(text))
    scheme = "dark" if view in ("dark", "desktop-dark") else "light"
    html = DARK_RULE.sub("@media all" if scheme == "dark" else "@media not all", html)
    html = _SCHEMES.sub(rf"\g<1>{scheme}", html)
    if view == "no-images":
        html = _IMAGE.sub(_unseen, html)
    # A link opens outside the frame, or its page would replace the mail.
    return _HEAD.sub(lambda head: f'{head[0]}<base target="_blank">', html, count=1)


def _unseen(image: re.Match[str]) -> str:
    """Draw a box, as mail programs do for a picture that is not loaded, with its alt text."""
    said = {name.lower(): value for name, value in _ATTRIBUTE.findall(image[0])}
    width = int(re.sub(r"[^0-9]", "", said.get("width", ""))[:4] or 24)
    # Only a maximum for large pictures: a fixed width would make the mail wider than a phone.
    size = f"display:inline-block;width:{width}px" if width < _ICON else f"display:block;max-width:{width}px"
    return (
        f'<span style="{size};box-sizing:border-box;min-height:24px;padding:8px 10px;border:1px dashed #8a9099;'
        f'font-size:14px;line-height:20px">{said.get("alt", "")}</span>'
    )


_TEXT = (
    '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Text part</title><style>'
    "body{margin:0;padding:24px;background:#fbfbf9;color:#22272b}"
    "pre{margin:0;font:13px/1.6 ui-monospace,Menlo,Consolas,monospace;white-space:pre-wrap;overflow-wrap:anywhere}"
    "</style></head><body><pre>TEXT</pre></body></html>"
)
