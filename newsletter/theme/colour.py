"""How well text colours can be read, and their twins for dark mode. Pure: #rrggbb in, #rrggbb out.

Contrast is as WCAG 2.2 defines it (relative luminance, 1.4.3); text needs 4.5:1.
"""

import colorsys
from collections.abc import Iterator, Mapping

LEAST = 4.5
_GROUNDS = {"page": 0.075, "card": 0.115, "tint": 0.165, "rule": 0.245}
"""The lightness, from 0 to 1, of each background in dark mode."""
CALLOUTS = ("note", "tip", "important", "warning", "caution")
WORDS_ON = {
    "text": ("card", "page", "tint"),
    "heading": ("card", "page", "tint"),
    "muted": ("card", "page"),
    "accent": ("card", "page", "tint"),
    "on_accent": ("accent",),
    **dict.fromkeys(CALLOUTS, ("tint",)),
}
"""The colours of text, each with the backgrounds it may stand on."""


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, from 1 to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def hard_to_read(colours: Mapping[str, str]) -> Iterator[tuple[str, str, float]]:
    """Yield each text colour with a background on which it cannot be read, and their contrast."""
    for words, grounds in WORDS_ON.items():
        for ground in grounds:
            found = contrast(colours[words], colours[ground])
            if found < LEAST:
                yield words, ground, found


def dark_twins(light: Mapping[str, str], named: Mapping[str, str]) -> dict[str, str]:
    """Return for each colour of `light` its twin for dark mode: from `named`, or one made here that can be read."""
    twins = {ground: named.get(ground) or _with_lightness(light[ground], _GROUNDS[ground]) for ground in _GROUNDS}
    for words in (each for each in WORDS_ON if each != "on_accent"):
        twins[words] = named.get(words) or _legible(light[words], *(twins[ground] for ground in WORDS_ON[words]))
    twins["on_accent"] = named.get("on_accent") or _legible(light["accent"], twins["accent"])
    return {name: twins.get(name) or named.get(name, light[name]) for name in light}


def _legible(colour: str, *grounds: str) -> str:
    """Keep the hue of `colour`, and change its lightness until it can be read on all `grounds`."""
    lighter = all(_luminance(ground) < 0.18 for ground in grounds)
    hue, lightness, saturation = _hls(colour)
    steps = [lightness + (1 - lightness) * step / 20 for step in range(21)]
    if not lighter:
        steps = [lightness * (20 - step) / 20 for step in range(21)]
    shades = (_hex(colorsys.hls_to_rgb(hue, each, saturation)) for each in steps)
    # Aim a little above the minimum, because rounding on some screens takes a little contrast away.
    utmost = "#ffffff" if lighter else "#000000"
    return next((shade for shade in shades if all(contrast(shade, ground) > LEAST + 0.7 for ground in grounds)), utmost)


def _with_lightness(colour: str, lightness: float) -> str:
    hue, _, saturation = _hls(colour)
    return _hex(colorsys.hls_to_rgb(hue, lightness, min(saturation, 0.15)))


def _luminance(colour: str) -> float:
    channels = (value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in _rgb(colour))
    return sum(weight * channel for weight, channel in zip((0.2126, 0.7152, 0.0722), channels, strict=True))


def _hls(colour: str) -> tuple[float, float, float]:
    return colorsys.rgb_to_hls(*_rgb(colour))


def _rgb(colour: str) -> tuple[float, float, float]:
    red, green, blue = bytes.fromhex(colour[1:])
    return red / 255, green / 255, blue / 255


def _hex(channels: tuple[float, float, float]) -> str:
    return "#" + bytes(round(channel * 255) for channel in channels).hex()
