"""A mail in Welsh and English, in a real browser: no barriers at 390 px, by day and in the dark."""

from pathlib import Path

from newsletter.compiler import Furniture, compile_post
from newsletter.post import read_post
from newsletter.theme import template_folders
from tests.browser import barriers, running

WELSH = """---
title: Amserlen newydd y bws
preheader: O ddydd Llun ymlaen
---
Dyma'r **amseroedd** newydd.

## Y Sgwâr

| Arhosfan | Bore | Prynhawn |
| --- | --- | --- |
| Y Sgwâr | 8.05yb | 2.05yp |

- [Y manylion](https://example.org/cy/bws)

> [!WARNING]
> Dim bws ar 3 Mawrth.

**[Dweud eich dweud](https://example.org/cy/dweud)**
"""
ENGLISH = """---
title: The new bus timetable
preheader: From Monday
---
These are the new **times**.

## The Square

| Stop | Morning | Afternoon |
| --- | --- | --- |
| The Square | 8.05am | 2.05pm |

- [The details](https://example.org/en/bus)

> [!WARNING]
> No bus on 3 March.

**[Have your say](https://example.org/en/say)**
"""


def test_both_halves_can_be_read_on_a_phone_by_day_and_in_the_dark(tmp_path: Path) -> None:
    for name, text in (("cy", WELSH), ("en", ENGLISH)):
        (tmp_path / f"bus.{name}.md").write_text(text, encoding="utf-8")
    furniture = Furniture("Ni", "1 Example Street", website="https://example.org", second_organisation="Us")
    found = []
    with running() as chromium:
        for theme in ("", "letter", "notice"):
            email = compile_post(
                read_post(tmp_path / "bus.en.md", settings_theme=theme), furniture, template_folders(None)
            )
            for scheme in ("light", "dark"):
                tab = chromium.new_page(viewport={"width": 390, "height": 844}, color_scheme=scheme)
                tab.set_content(email.html)
                # A mail has no landmarks: mail programs bring their own.
                found += [
                    f"{theme} {scheme}: {each}"
                    for each in barriers(tab, 390)
                    if not each.startswith(("region:", "landmark-one-main:"))
                ]
                if scheme == "dark":
                    colours = tab.evaluate(
                        "[...document.querySelectorAll('h1, .title h2')].map(e => getComputedStyle(e).color)"
                    )
                    assert len(set(colours)) == 1
                tab.close()
    assert found == []
