"""Pictures. In: a Reading. Out: findings on pictures that some readers would not see, or would not have described."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from newsletter.check.links import is_private
from newsletter.check.reading import PostReading, excerpt, text_of
from newsletter.compiler import Finding, Severity

_NAMES = re.compile(
    r"(?:img|dsc|image|photo|picture|screenshot|pic|logo|banner|untitled)?[\s_-]*[\d\s_.-]*(?:\.(?:jpe?g|png|gif|webp|svg))?",
    re.IGNORECASE,
)
_FILE_NAME = re.compile(r"[\w-]+\.(?:jpe?g|png|gif|webp|svg|heic)", re.IGNORECASE)
_NOT_SHOWN = {
    "svg": "hardly any mail program shows SVG",
    "webp": "Outlook and older phones do not show WebP",
    "avif": "most mail programs do not show AVIF",
    "heic": "hardly any mail program shows HEIC",
    "tif": "no mail program shows TIFF",
    "tiff": "no mail program shows TIFF",
    "bmp": "not every mail program shows BMP, and the file is huge",
}
_PAGES = re.compile(
    r"(?:drive\.google\.com/(?:file|open)|photos\.(?:google|app\.goo)|dropbox\.com/s|1drv\.ms|onedrive\.live|flickr\.com/photos|imgur\.com/(?:a|gallery)/)",
    re.IGNORECASE,
)
_LONGEST_ALT = 200
_FEWEST_WORDS = 15


def image_findings(reading: PostReading) -> Iterator[Finding]:
    """Check every picture: does its alt text help readers who cannot see it, and is the picture shown at all?"""
    count = 0
    for image in reading.root.iter("img"):
        src, alt = (image.get("src") or "").strip(), image.get("alt")
        line = reading.line(src, alt or "")
        count += 1
        if alt is not None:
            yield from _alt(alt, src, line, in_link=next(image.iterancestors("a"), None) is not None)
        yield from _source(src, line, reading)
    if reading.post.image:
        yield from _source(reading.post.image, None, reading)
    if count and len(text_of(reading.root).split()) < _FEWEST_WORDS:
        why = (
            "the email is nearly all pictures. People with pictures turned off will see nothing, and spam filters may "
            "block it. Say the main points in words too."
        )
        yield Finding(Severity.WARNING, why)


def _alt(alt: str, src: str, line: int | None, *, in_link: bool) -> Iterator[Finding]:
    said = " ".join(alt.split())
    name = excerpt(src.rpartition("/")[2] or src)
    if not said:
        severity = Severity.WARNING
        why = (
            f"the picture {name} has no description (alt text), so people who cannot see it miss what it "
            f"says{' and where its link leads' if in_link else ''}. Add one: ![what it shows]({name})"
        )
        yield Finding(severity, why, line)
    elif _NAMES.fullmatch(said) or _FILE_NAME.fullmatch(said):
        why = f"the description (alt text) “{excerpt(said)}” does not say what the picture shows. Write that instead"
        yield Finding(Severity.WARNING, why, line)
    elif len(said) > _LONGEST_ALT:
        yield Finding(
            Severity.NOTE,
            f"the description (alt text) of {name} is {len(said)} characters. Say most of it in the post itself",
            line,
        )


def _source(src: str, line: int | None, reading: PostReading) -> Iterator[Finding]:
    if src.startswith("data:"):
        yield Finding(
            Severity.ERROR,
            "a picture is part of the text itself (data:), which most mail programs do not show. Save it as a file "
            "beside the post",
            line,
        )
        return
    if re.match(r"file:|[a-z]:(?:[\\/]|%5c)", src, re.IGNORECASE):
        why = "a picture is on your own computer, where readers cannot see it. Put it beside the post"
        yield Finding(Severity.ERROR, why, line)
        return
    # The compiler opens the files beside the post, and makes the findings on them.
    if not reading.is_beside(src):
        yield from _on_the_web(src, line)


def _on_the_web(src: str, line: int | None) -> Iterator[Finding]:
    try:
        path, host = urlsplit(src).path, urlsplit(src).hostname or ""
    except ValueError:
        return
    suffix = path.rpartition(".")[2].lower()
    name = excerpt(path.rpartition("/")[2] or src)
    if suffix in _NOT_SHOWN:
        yield Finding(Severity.WARNING, f"{name}: {_NOT_SHOWN[suffix]}. Save it as JPEG or PNG", line)
    if _PAGES.search(src):
        yield Finding(
            Severity.ERROR,
            f"{excerpt(src)} is a web page about a picture, so readers would see a gap. Use the address of the picture",
            line,
        )
    if is_private(host):
        why = f"{name} is on {host}, which only your own network can reach, so readers would see a gap"
        yield Finding(Severity.ERROR, why, line)
    elif src.startswith("http://"):
        why = f"{name} has an address without encryption, which some mail programs refuse. Use https://"
        yield Finding(Severity.NOTE, why, line)
