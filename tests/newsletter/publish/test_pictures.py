"""Whatever a camera or a designer gives, a mail shows a small JPEG, PNG or GIF that tells nothing about who took it."""

import io
import struct
import zlib
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageCms, ImageStat

from newsletter.publish import picture
from newsletter.publish.picture import LINKED, SHOWN, Made, dimensions, made

PLACE = b"51.4816 N"


def opened(result: Made | str) -> Image.Image:
    assert isinstance(result, Made), result
    image = Image.open(io.BytesIO(result.content))
    image.load()
    assert image.size == (result.width, result.height)
    assert f".{(image.format or '').lower().replace('jpeg', 'jpg')}" == result.suffix
    return image


def camera(orientation: int = 1) -> Any:
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010E] = PLACE.decode()
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (51.0, 28.0, 53.0)
    return exif


EVERY_KIND = [
    ("JPEG", "RGB"), ("JPEG", "L"), ("JPEG", "CMYK"), ("PNG", "RGB"), ("PNG", "P"), ("GIF", "P"), ("WEBP", "RGB"),
    ("AVIF", "RGB"), ("BMP", "RGB"), ("TIFF", "RGB"), ("TIFF", "CMYK"), ("PNG", "I;16"), ("PNG", "1"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("form", "mode", "size"),
    [*((*kind, SHOWN) for kind in EVERY_KIND), ("JPEG", "RGB", LINKED), ("TIFF", "CMYK", LINKED), ("PNG", "P", LINKED)],
)
def test_a_picture_of_any_kind_becomes_small_and_of_a_kind_every_mail_program_shows(
    draw: Any, form: str, mode: str, size: picture.Size
) -> None:
    wide = size.widest + 100
    content = draw(wide, 300, form, mode if mode != "I;16" else "L")
    if mode == "I;16":
        file = io.BytesIO()
        Image.new("I;16", (wide, 300), 40_000).save(file, "PNG")
        content = file.getvalue()
    result = made(content, size)
    shown = opened(result)
    assert isinstance(result, Made)
    assert shown.format in ("JPEG", "PNG", "GIF")
    assert shown.width <= size.widest
    assert len(result.content) <= size.most_bytes
    assert shown.mode not in ("CMYK", "I;16")


def test_a_small_photograph_loses_nothing_that_can_be_seen(draw: Any) -> None:
    content = draw(400, 300, quality=90)
    result = made(content, SHOWN)
    assert isinstance(result, Made)
    assert (result.width, result.height) == (400, 300)
    before, after = (Image.open(io.BytesIO(each)).convert("L") for each in (content, result.content))
    assert ImageStat.Stat(ImageChops.difference(before, after)).mean[0] < 2.5  # of 255


@pytest.mark.parametrize(("wide", "high"), [(300, 200), (1400, 600)])
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_where_and_with_what_it_was_taken_is_left_behind(draw: Any, form: str, wide: int, high: int) -> None:
    content = draw(wide, high, form, exif=camera())
    assert PLACE in content
    result = made(content, SHOWN)
    image = opened(result)
    assert isinstance(result, Made)
    assert PLACE not in result.content
    assert b"Exif" not in result.content
    assert not dict(image.getexif())
    assert not {"exif", "xmp", "comment", "icc_profile", "photoshop"} & set(image.info)


def test_words_that_a_program_wrote_into_a_picture_are_left_behind(draw: Any) -> None:
    for form, how in (("GIF", {"comment": PLACE}), ("JPEG", {"comment": PLACE}), ("WEBP", {"xmp": PLACE})):
        content = draw(300, 200, form, **how)
        assert PLACE in content, form
        result = made(content, SHOWN)
        assert isinstance(result, Made)
        assert PLACE not in result.content, form


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("wide", [300, 3000])
def test_a_picture_taken_with_a_turned_phone_stands_upright(wide: int, orientation: int) -> None:
    turned_back = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # what a camera would have stored, as Pillow transposes
    upright = Image.new("RGB", (wide, wide // 2), "white")
    upright.paste("red", (0, 0, wide // 4, wide // 4))  # red at the top left, as it is to be seen
    how = turned_back.get(orientation)
    stored = upright if how is None else upright.transpose(Image.Transpose(how))
    file = io.BytesIO()
    stored.save(file, "JPEG", exif=camera(orientation))
    assert dimensions(file.getvalue()) == (wide, wide // 2)
    result = opened(made(file.getvalue(), SHOWN)).convert("RGB")
    assert result.width == 2 * result.height == min(wide, 1200)
    red, green, blue = result.getpixel((result.width // 8, result.height // 8))  # type: ignore[misc]
    assert (red > 200, green < 80, blue < 80) == (True, True, True)
    assert min(result.getpixel((result.width * 7 // 8, result.height * 7 // 8))) > 200  # type: ignore[arg-type]


def test_colours_are_those_its_profile_means(draw: Any) -> None:
    plain = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = plain.replace(b"rXYZ", b"?XYZ", 1).replace(b"bXYZ", b"rXYZ", 1).replace(b"?XYZ", b"bXYZ", 1)
    for profile, seen in ((plain, (250, 0, 0)), (swapped, (0, 0, 250)), (b"no profile at all", (250, 0, 0))):
        file = io.BytesIO()
        Image.new("RGB", (300, 200), (250, 0, 0)).save(file, "PNG", icc_profile=profile)
        result = opened(made(file.getvalue(), SHOWN))
        assert not result.info.get("icc_profile")
        colour = result.convert("RGB").getpixel((9, 9))
        assert max(abs(one - other) for one, other in zip(colour, seen, strict=True)) < 6  # type: ignore[arg-type]


def test_what_shows_through_goes_on_showing_through() -> None:
    logo = Image.new("RGBA", (1500, 500), (0, 0, 0, 0))
    logo.paste((31, 111, 84, 255), (100, 100, 900, 400))
    file = io.BytesIO()
    logo.save(file, "PNG")
    result = opened(made(file.getvalue(), SHOWN)).convert("RGBA")
    assert result.getpixel((2, 2))[3] == 0  # type: ignore[index]
    assert result.getpixel((400, 200)) == (31, 111, 84, 255)


@pytest.mark.thorough
def test_a_small_animation_moves_and_a_large_one_shows_its_first_picture(draw: Any) -> None:
    def moving(wide: int, high: int, grain: bool) -> bytes:
        frames = [
            Image.open(io.BytesIO(draw(wide, high))).rotate(90 * n) if grain else Image.new("RGB", (wide, high), colour)
            for n, colour in enumerate(("red", "blue", "green"))
        ]
        file = io.BytesIO()
        frames[0].save(file, "GIF", save_all=True, append_images=frames[1:], duration=200)
        return file.getvalue()

    small = made(moving(300, 200, grain=False), SHOWN)
    assert isinstance(small, Made)
    assert (small.suffix, small.notes) == (".gif", ())
    assert Image.open(io.BytesIO(small.content)).n_frames == 3  # type: ignore[attr-defined]
    large = made(moving(900, 500, grain=True), SHOWN)
    assert isinstance(large, Made)
    assert large.suffix in (".png", ".jpg")
    assert "animation" in large.notes[0]


def bomb(wide: int, high: int) -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", wide, high, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\0" * 1000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "Save it as PNG"),
        (b"\xef\xbb\xbf<?xml version='1.0'?>\n<svg/>", "Save it as PNG"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "Save it as JPEG"),
        (b"GIF89a", "not a picture that can be read"),
        (b"words, not a picture", "not a picture that can be read"),
        (b"%PDF-1.4", "not a picture that can be read"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not a picture that can be read"),
        (bomb(10_000, 10_000), "89 million pixels"),
        (bomb(65_000, 65_000), "89 million pixels"),
    ],
)
def test_what_no_mail_can_show_or_no_machine_can_hold_is_refused(content: bytes, why: str) -> None:
    assert why in str(made(content, SHOWN))


@pytest.mark.thorough
@pytest.mark.parametrize("form", ["JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP"])
def test_a_picture_that_breaks_off_is_refused_or_whole(draw: Any, form: str) -> None:
    content = draw(900, 700, form)
    for length in range(0, len(content), max(len(content) // 23, 1)):
        result = made(content[:length], SHOWN)
        assert isinstance(result, Made) or "not a picture" in result or "damaged" in result
    assert "damaged" in str(made(content[: len(content) // 2], SHOWN))
