"""The door to Pillow. In: a picture as it came from a camera or a designer. Out: one that every mail program shows.

It is JPEG, PNG or GIF, turned the right way up, in sRGB, small, and without the camera's metadata, such as the place.
A picture is refused if it cannot be read, or if it would unpack to more than a machine can hold.
"""

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from PIL import Image, ImageCms, ImageOps, ImageSequence, UnidentifiedImageError

_READ = ("JPEG", "PNG", "GIF", "WEBP", "AVIF", "BMP", "TIFF")
_QUALITIES = (84, 78, 72, 66, 60)
_STEP = 0.85
_NARROWEST = 200
_TURNED = 5  # EXIF orientations from here on swap width and height
_ORIENTATION = 0x0112
_MOST_FRAMES = 300


@dataclass(frozen=True, slots=True)
class Size:
    """How wide, in px, and how large, in bytes, a picture may be."""

    widest: int
    most_bytes: int


SHOWN = Size(1200, 200_000)
"""In a mail: about twice the 552 px at which it is shown, so that it is sharp on every screen."""
LINKED = Size(2400, 1_000_000)
"""Behind a link: for example a poster, which readers want to see closely."""


@dataclass(frozen=True, slots=True)
class Made:
    """A picture fit for a mail."""

    suffix: str
    content: bytes
    width: int
    height: int
    notes: tuple[str, ...] = ()


def made(content: bytes, size: Size) -> Made | str:
    """Make a picture fit for a mail; or say, as words that follow its name, why that is not possible."""
    foreign = _foreign(content)
    if foreign:
        return foreign
    try:
        with _guarded(), Image.open(io.BytesIO(content), formats=_READ) as image:
            return _moving(image, size) if _moves(image) else _still(image, content, size)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError):
        return "has more than 89 million pixels. Save it smaller"
    except UnidentifiedImageError:
        return "is not a picture that can be read. Save it as JPEG or PNG"
    except (OSError, ValueError, SyntaxError, EOFError, ArithmeticError, IndexError, KeyError, TypeError):
        return "is damaged: the end of it is missing. Save it again"


def measured(suffix: str, content: bytes) -> Made:
    """Return a picture that was made before, with its measured size."""
    with Image.open(io.BytesIO(content), formats=_READ) as image:
        return Made(suffix, content, *image.size)


def dimensions(content: bytes) -> tuple[int, int] | None:
    """Return width and height in px, after turning, of any picture that can be read; None for others."""
    try:
        with _guarded(), Image.open(io.BytesIO(content), formats=_READ) as image:
            wide, high = image.size
            return (high, wide) if _orientation(image) >= _TURNED else (wide, high)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        return None


@contextmanager
def _guarded() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's remarks on metadata do not help the author
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        yield


def _foreign(content: bytes) -> str:
    head = content[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith((b"<svg", b"<?xml", b"<!doctype svg", b"<!--")) or content.startswith(b"\x1f\x8b"):
        return "is a drawing (SVG), which mail programs do not show. Save it as PNG"
    if content[4:12] in (b"ftypheic", b"ftypheix", b"ftyphevc", b"ftypmif1", b"ftypmsf1", b"ftypheim", b"ftypheis"):
        return "is HEIC, which only Apple shows. Save it as JPEG"
    return ""


def _moves(image: Image.Image) -> bool:
    return image.format == "GIF" and getattr(image, "n_frames", 1) > 1


def _still(image: Image.Image, content: bytes, size: Size) -> Made:
    as_it_is = _orientation(image) <= 1 and image.width <= size.widest and not image.info.get("icc_profile")
    if image.format == "JPEG" and image.mode in ("RGB", "L") and as_it_is and len(content) <= size.most_bytes:
        kept = _saved(image, "JPEG", quality="keep", optimize=True)
        if len(kept) <= size.most_bytes:
            return Made(".jpg", kept, *image.size)
    drawn = image.format in ("PNG", "GIF", "BMP")
    upright = _upright(image, size.widest)
    return _drawn(upright, size) if drawn or _is_clear(upright) else _photograph(upright, size)


def _upright(image: Image.Image, widest: int) -> Image.Image:
    """Shrink, turn upright and bring to sRGB. Shrinking comes first: a JPEG can be read at a fraction of its size."""
    profile, turned = image.info.get("icc_profile"), _orientation(image) >= _TURNED
    high, wide = (image.width, image.height) if turned else (image.height, image.width)
    if wide > widest and not image.mode.startswith("I"):
        image = image if image.mode != "P" else image.convert("RGBA" if "transparency" in image.info else "RGB")
        least = max(round(high * widest / wide), 1)
        image.thumbnail((least, widest) if turned else (widest, least), Image.Resampling.LANCZOS, reducing_gap=3.0)
    return _narrowed(_plain(ImageOps.exif_transpose(image), profile), widest)


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(_ORIENTATION, 1))
    except (OSError, ValueError, SyntaxError, TypeError):
        return 1


def _plain(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Convert any colour mode and profile to sRGB, which mail programs assume."""
    if image.mode.startswith("I") or image.mode == "F":
        image = image.convert("I").point(lambda value: value / 256).convert("L")
    clear = image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info
    if profile and image.mode in ("RGB", "RGBA", "CMYK"):
        image = _in_srgb(image, profile, "RGBA" if clear else "RGB")
    if clear:
        return image.convert("RGBA")
    return image if image.mode in ("RGB", "L") else image.convert("RGB")


def _in_srgb(image: Image.Image, profile: bytes, mode: str) -> Image.Image:
    try:
        theirs, ours = ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB")
        changed = ImageCms.profileToProfile(image, theirs, ours, outputMode=mode)
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image  # an unreadable profile is ignored
    return image if changed is None else changed


def _is_clear(image: Image.Image) -> bool:
    """Tell whether any pixel is transparent: many pictures have an alpha channel and no such pixel."""
    return image.mode == "RGBA" and image.getchannel("A").getextrema() != (255, 255)


def _drawn(image: Image.Image, size: Size) -> Made:
    """Save a drawing as PNG, so that letters stay sharp; if too large, with fewer colours, as JPEG, or smaller."""
    clear = _is_clear(image)
    image = image if clear or image.mode == "L" else image.convert("RGB")
    while True:
        content = _saved(image, "PNG", optimize=True)
        if len(content) > size.most_bytes and not clear and image.mode == "RGB" and _has_many_colours(image):
            return _photograph(image, size)
        if len(content) > size.most_bytes:
            method = Image.Quantize.FASTOCTREE if clear else Image.Quantize.MEDIANCUT
            content = _saved(image.quantize(256, method=method), "PNG", optimize=True)
        if len(content) <= size.most_bytes or image.width <= _NARROWEST:
            return Made(".png", content, *image.size)
        image = _smaller(image)


def _has_many_colours(image: Image.Image) -> bool:
    sample = image.copy()
    sample.thumbnail((300, 300), Image.Resampling.NEAREST)
    return sample.getcolors(4096) is None


def _photograph(image: Image.Image, size: Size) -> Made:
    image = image if image.mode in ("RGB", "L") else image.convert("RGB")
    while True:
        for quality in _QUALITIES:
            content = _saved(image, "JPEG", quality=quality, optimize=True, progressive=True)
            if len(content) <= size.most_bytes:
                return Made(".jpg", content, *image.size)
        image = _smaller(image)


def _moving(image: Image.Image, size: Size) -> Made:
    """Keep an animation if it is small; otherwise only its first picture, which Outlook shows of any animation."""
    frames = min(getattr(image, "n_frames", 1), _MOST_FRAMES)
    if frames * image.width * image.height <= (Image.MAX_IMAGE_PIXELS or 0):
        pictures = [frame.convert("RGBA") for frame in ImageSequence.Iterator(image)]
        durations = [int(frame.info.get("duration", 100)) for frame in ImageSequence.Iterator(image)]
        for widest in (size.widest, 552):
            small = [_narrowed(picture, widest) for picture in pictures]
            how = {"save_all": True, "append_images": small[1:], "duration": durations, "loop": 0, "optimize": True}
            content = _saved(small[0], "GIF", **how)
            if len(content) <= size.most_bytes:
                return Made(".gif", content, *small[0].size)
    image.seek(0)
    still = _drawn(_upright(image.convert("RGBA"), size.widest), size)
    why = f"is an animation of more than {size.most_bytes // 1000} KB, so readers see only its first picture"
    return Made(still.suffix, still.content, still.width, still.height, (why,))


def _narrowed(image: Image.Image, widest: int) -> Image.Image:
    if image.width <= widest:
        return image
    return image.resize((widest, max(round(image.height * widest / image.width), 1)), Image.Resampling.LANCZOS)


def _smaller(image: Image.Image) -> Image.Image:
    wide, high = max(round(image.width * _STEP), 1), max(round(image.height * _STEP), 1)
    return image.resize((wide, high), Image.Resampling.LANCZOS)


def _saved(image: Image.Image, form: str, **how: Any) -> bytes:
    """Save only the picture, without the metadata that Pillow would copy from the original."""
    everything = image.info
    image.info = {name: value for name, value in everything.items() if name == "transparency" and form != "JPEG"}
    try:
        written = io.BytesIO()
        image.save(written, form, exif=b"", icc_profile=None, comment=b"", **how)
        return written.getvalue()
    finally:
        image.info = everything
