"""The page an author has open while writing: the mail on every screen, and it follows what is saved."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Dialog, Frame, Page, expect

from newsletter import preview
from newsletter.check import examine
from newsletter.compiler import Furniture, compile_post
from newsletter.issue import letterhead
from newsletter.post import read_post
from newsletter.preview.sheet import Proof, ProofSheet, application
from newsletter.preview.views import VIEWS, view_page
from newsletter.publish import Beside
from newsletter.theme import template_folders
from newsletter.web.server import Listener
from tests.browser import violations
from tests.enclosures import PDF, photograph
from tests.public_pages import SETTINGS, http_client

POST = (
    "---\ntitle: {title}\npreheader: They said yes\n---\n"
    "![All of us](us.jpg)\n\n[Our letter](letter.pdf) and [click here](https://example.org/a).\n\n{words}\n"
)


@dataclass(frozen=True)
class Desk:
    """Where the page is, and the folder of what it shows."""

    url: str
    folder: Path

    def write(self, title: str = "Good news", words: str = "One more line. " * 900) -> None:
        self.save("posts/post.md", POST.format(title=title, words=words))

    def save(self, name: str, content: str | bytes) -> None:
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        was = file.stat().st_mtime_ns if file.exists() else 0
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        if was:
            os.utime(file, ns=(was + 1_000_000, was + 1_000_000))  # later, however coarse the clock of the disk is


@pytest.fixture
def desk(tmp_path: Path, noon: datetime) -> Iterator[Desk]:
    templates = (tmp_path / "templates", *template_folders(None))
    path = tmp_path / "posts" / "post.md"

    def make() -> Proof:
        post = read_post(path)
        beside = Beside(path.parent, "https://news.example.org/f")
        email = compile_post(post, Furniture("Us", "1 Example Street"), templates, (), beside)
        email = replace(email, findings=examine(post, email))
        head = letterhead(replace(SETTINGS, base_url="https://news.example.org"), "0" * 32)
        making = preview.builder(preview.unfrozen(post, email, head, noon), [SETTINGS.secret_key])
        return Proof(preview.preview(making, email, preview.NOBODY), "Us", "Sam Reader", email.findings)

    with Listener.on("127.0.0.1", 0) as listener:
        desk = Desk(listener.address, tmp_path)
        desk.write()
        desk.save("posts/us.jpg", photograph(1300, 600))
        desk.save("posts/letter.pdf", PDF)
        (tmp_path / "templates").mkdir()
        sheet = ProofSheet("posts/post.md", make, lambda: (path.parent, *templates))
        with listener.serving(application(sheet, templates)):
            yield desk


@pytest.fixture
def page(browser: Browser, desk: Desk) -> Iterator[Page]:
    """The page at the size of a large screen; nothing may go wrong in it."""
    page = browser.new_page(viewport={"width": 1680, "height": 950})
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    page.goto(desk.url)
    yield page
    page.close()
    assert not faults


def frame(page: Page, view: str) -> Frame:
    page.wait_for_function(
        "view => { const f = document.querySelector(`.pane[data-view=${view}] iframe:not(.coming)`);"
        "return f && f.contentDocument.readyState === 'complete' && f.contentDocument.body.children.length }",
        arg=view,
    )
    found = page.locator(f".pane[data-view={view}] iframe:not(.coming)").element_handle().content_frame()
    assert found is not None
    return found


@pytest.mark.thorough
def test_the_mail_is_shown_on_every_screen_side_by_side(page: Page) -> None:
    assert page.title() == "Good news – preview"
    expect(page.locator(".inbox")).to_contain_text("They said yes")
    grounds = {
        view: frame(page, view).evaluate("getComputedStyle(document.querySelector('.card table')).backgroundColor")
        for view in ("light", "dark", "desktop")
    }
    assert grounds["light"] == grounds["desktop"] == "rgb(255, 255, 255)"
    assert sum(map(int, grounds["dark"].removeprefix("rgb(").removesuffix(")").split(","))) < 150
    assert frame(page, "light").evaluate("innerWidth") == 390
    assert frame(page, "desktop").evaluate("innerWidth") == 720
    assert frame(page, "light").evaluate("document.images[0].naturalWidth") == 1200, "what is beside the post is seen"
    assert frame(page, "no-images").evaluate("document.images.length") == 0
    assert "All of us" in frame(page, "no-images").inner_text("body")
    assert frame(page, "no-images").evaluate("document.documentElement.scrollWidth") <= 390
    assert "Our letter (PDF, 209 KB)\n<https://news.example.org/f/" in frame(page, "text").inner_text("pre")
    expect(page.locator(".findings")).to_contain_text("warning · line 7")
    expect(page.locator(".findings")).to_contain_text("does not say where it goes")


def test_a_machine_in_the_dark_shows_the_light_mail_light(browser: Browser, desk: Desk) -> None:
    page = browser.new_page(color_scheme="dark")
    page.goto(desk.url)
    ground = "getComputedStyle(document.querySelector('.card table')).backgroundColor"
    assert frame(page, "light").evaluate(ground) == "rgb(255, 255, 255)"
    page.close()


def test_it_follows_what_is_saved_and_stays_where_the_author_was(page: Page, desk: Desk) -> None:
    frame(page, "light").evaluate("scrollTo(0, 1200)")
    page.wait_for_function(
        "() => document.querySelector('.pane[data-view=desktop] iframe').contentWindow.scrollY > 200", polling=50
    )
    desk.write(title="Better news")
    expect(page.locator(".inbox h1")).to_have_text("Better news")
    page.wait_for_function("() => !document.querySelector('iframe.coming')")
    assert "Better news" in frame(page, "light").inner_text("h1")
    assert abs(frame(page, "light").evaluate("scrollY") - 1200) < 5
    assert page.evaluate("scrollY") == 0


@pytest.mark.thorough
def test_it_follows_pictures_and_templates_too(page: Page, desk: Desk) -> None:
    assert frame(page, "light").evaluate("document.images[0].naturalWidth") == 1200
    desk.save("posts/us.jpg", photograph(500, 400))
    page.wait_for_function(
        "() => document.querySelector('.pane[data-view=light] iframe:not(.coming)').contentDocument"
        ".images[0].naturalWidth === 500",
        polling=50,
    )
    desk.save("templates/theme.toml", '[light]\ncard = "#fff0e0"\n')
    page.wait_for_function(
        "() => getComputedStyle(document.querySelector('.pane[data-view=light] iframe:not(.coming)').contentDocument"
        ".querySelector('.card table')).backgroundColor === 'rgb(255, 240, 224)'",
        polling=50,
    )


@pytest.mark.thorough
def test_a_broken_post_is_said_on_the_page_and_it_recovers(page: Page, desk: Desk) -> None:
    desk.save("posts/post.md", "---\ntitle: Good: news: everybody\n---\nWords.\n")
    expect(page.locator("#wrong")).to_be_visible()
    expect(page.locator("#why")).to_contain_text("line 2: this line cannot be read")
    assert "Good news" in frame(page, "light").inner_text("h1"), "the last mail that could be made stays"
    (desk.folder / "posts" / "post.md").unlink()
    expect(page.locator("#why")).to_contain_text("there is no such file")
    desk.write(title="Whole again")
    expect(page.locator("#wrong")).to_be_hidden()
    expect(page.locator(".inbox h1")).to_have_text("Whole again")


@pytest.mark.thorough
def test_a_template_that_breaks_is_said_too(page: Page, desk: Desk) -> None:
    desk.save("templates/email/layout.txt", "{% if %}")
    expect(page.locator("#why")).to_contain_text("layout.txt, line 1")
    (desk.folder / "templates/email/layout.txt").unlink()
    expect(page.locator("#wrong")).to_be_hidden()


@pytest.mark.thorough
def test_a_page_opened_on_a_broken_post_recovers_too(browser: Browser, desk: Desk) -> None:
    desk.save("posts/post.md", "---\ntitle: [\n---\nWords.\n")
    page = browser.new_page()
    page.goto(desk.url)
    expect(page.locator("#wrong")).to_be_visible()
    desk.write()
    expect(page.locator("#wrong")).to_be_hidden()
    assert "Good news" in frame(page, "light").inner_text("h1")
    page.close()


@pytest.mark.thorough
def test_what_is_shown_can_be_chosen_and_is_remembered(page: Page) -> None:
    expect(page.locator(".pane[data-view=desktop-dark]")).to_be_hidden()
    page.get_by_role("button", name="Desktop, dark").click()
    page.get_by_role("button", name="Text part").click()
    page.reload()
    expect(page.locator(".pane[data-view=desktop-dark]")).to_be_visible()
    expect(page.locator(".pane[data-view=text]")).to_be_hidden()


@pytest.mark.thorough
def test_a_phone_keeps_its_shape_and_can_be_seen_in_full_size(page: Page) -> None:
    screen = page.locator(".pane[data-view=light] .screen")

    def shape() -> tuple[int, int]:
        box = screen.evaluate("each => [each.clientWidth, each.clientHeight]")
        return box[0], box[1]

    for height in (950, 500):
        page.set_viewport_size({"width": 1680, "height": height})
        width, tall = shape()
        assert width < 390
        assert tall / width == pytest.approx(844 / 390, abs=0.02)
    page.get_by_role("button", name="100 %").click()
    assert shape() == (390, 844)
    page.reload()
    assert shape() == (390, 844), "it is remembered"
    assert page.evaluate("document.documentElement.scrollHeight") <= 500, "the page itself does not move"
    page.locator(".stage").evaluate("stage => stage.scrollTo(0, 9999)")
    foot = screen.bounding_box()
    assert foot is not None
    assert foot["y"] + foot["height"] <= 500, "its foot can be reached"


@pytest.mark.thorough
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_itself_can_be_used_by_everybody(browser: Browser, desk: Desk, scheme: str) -> None:
    page = browser.new_page(color_scheme=scheme, bypass_csp=True)  # type: ignore[arg-type]
    page.goto(desk.url)
    frame(page, "light")
    found = violations(page, iframes=False)
    grave = [each["id"] for each in found if each["impact"] in ("serious", "critical")]
    assert not grave
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.close()


def test_no_other_page_can_read_a_draft(desk: Desk) -> None:
    with http_client() as client:
        for path in ("/", "/state", "/mail/light", "/message.eml"):
            assert client.get(desk.url + path).status_code == 200
            rebound = client.get(desk.url + path, headers={"Host": "evil.example"})
            assert rebound.status_code == 400
            assert "Good news" not in rebound.text
            answer = client.get(desk.url + path)
            assert answer.headers["cross-origin-resource-policy"] == "same-origin"
            assert "access-control-allow-origin" not in answer.headers
            assert "default-src 'none'" in answer.headers["content-security-policy"]
        for path in ("/mail/../post", "/mail/other", "/files/letter.pdf", "/files/..%2fpost.md", "/etc/passwd"):
            assert client.get(desk.url + path).status_code == 404, path
        name = client.get(f"{desk.url}/mail/light").text.partition("/files/letter-")[2].partition('"')[0]
        assert client.get(f"{desk.url}/files/letter-{name}").content == PDF


@pytest.mark.thorough
def test_nothing_of_a_post_runs_in_the_page(page: Page, desk: Desk) -> None:
    said: list[str] = []

    def hear(dialog: Dialog) -> None:
        said.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", hear)
    desk.write(title="'<img src=x onerror=alert(1)>'", words="<script>alert(2)</script> <b onclick=alert(3)>x</b>")
    expect(page.locator(".inbox h1")).to_have_text("<img src=x onerror=alert(1)>")
    frame(page, "light")
    assert not said


@pytest.mark.parametrize("view", [view.name for view in VIEWS])
def test_a_view_keeps_the_words_of_the_mail(view: str) -> None:
    html = (
        '<!DOCTYPE html><html><head><meta name="color-scheme" content="light dark"><style>'
        ":root { color-scheme: light dark; }@media (prefers-color-scheme: dark) {p{color:red}}</style></head>"
        '<body><p>a &gt; b</p><img alt="5 > 4" src="https://example.org/a.jpg" width="552"></body></html>'
    )
    made = view_page(view, html, "a > b, 5 > 4 </pre><script>")
    assert "a &gt; b" in made
    assert "<script>" not in made
    assert "5 > 4" in made.replace("&gt;", ">")
    assert "prefers-color-scheme" not in made
    assert "light dark" not in made
