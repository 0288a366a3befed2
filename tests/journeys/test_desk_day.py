"""An organiser's day at the desk alone, in a real browser, with the keyboard; the send log is that of the commands."""

import json
from typing import TYPE_CHECKING, Any

from playwright.sync_api import Page, expect

from tests import browser
from tests.enclosures import docx, photograph

if TYPE_CHECKING:
    from tests.journeys.conftest import Mailboxes, Organiser
else:
    Mailboxes = Organiser = Any

LOOKS = ((390, "dark"), (1280, "light"))
"""Each width and each scheme of colours, as no rule of ours is for both at once."""
LIST = "email,first_name,tags,Newsletter\n" + "".join(
    f"{name}@example.org,{name.title()},{tag},{said}\n"
    for name, tag, said in (
        ("ada", "near", "absolutely"),
        ("ben", "near", "absolutely"),
        ("cai", "near", "absolutely"),
        ("dot", "near", "absolutely"),
        ("eve", "far", "absolutely"),
        ("fay", "near", "rather not"),
    )
)
WORDING = "News of the campaign, on the form of 1 March"
TO = ("dot", "ada", "ben", "cai")


def looks_right(tab: Page) -> None:
    """See the page at two widths and in both schemes: nothing keeps people out, and no address is where it is kept."""
    assert "@" not in tab.url + tab.title()
    for width, scheme in LOOKS:
        tab.set_viewport_size({"width": width, "height": 900})
        tab.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert browser.barriers(tab, width) == [], (tab.url, width, scheme)


def press(tab: Page, name: str) -> None:
    """Press a button with the keyboard, as people do who have no mouse."""
    tab.get_by_role("button", name=name, exact=True).first.focus()
    tab.keyboard.press("Enter")


def take_in_the_list(tab: Page) -> None:
    tab.get_by_role("link", name="People").click()
    looks_right(tab)
    tab.get_by_role("link", name="Import a list").click()
    looks_right(tab)
    file = {"name": "people.csv", "mimeType": "text/csv", "buffer": LIST.encode()}
    tab.get_by_label("A file").set_input_files([file])  # type: ignore[arg-type]
    tab.get_by_label("What they said yes to").fill(WORDING)
    press(tab, "Read it")
    expect(tab.get_by_role("heading", name="What does this mean?")).to_be_visible()
    looks_right(tab)
    tab.get_by_label("It says who wants email").check()
    tab.get_by_label("The words in it that mean yes").fill("absolutely")
    press(tab, "Read it like this")
    expect(tab.get_by_role("heading", name="Import it like this?")).to_be_visible()
    looks_right(tab)
    press(tab, "Import it")
    expect(tab.get_by_text("The import is done.")).to_be_visible(timeout=30_000)
    looks_right(tab)


def write_the_post(tab: Page, organiser: Organiser) -> None:
    organiser.writes("posts/hall.jpg", photograph(900, 600))
    tab.get_by_role("link", name="Posts").click()
    tab.get_by_role("link", name="New post").click()
    looks_right(tab)
    word = docx("<w:p><w:r><w:t>The council said yes to the hall.</w:t></w:r></w:p>")
    tab.get_by_label("A file").set_input_files([{"name": "Good news.docx", "mimeType": "", "buffer": word}])  # type: ignore[arg-type]
    press(tab, "Make a post of it")
    expect(tab.get_by_text("A post was made of it.")).to_be_visible()
    looks_right(tab)
    tab.get_by_role("link", name="Go on to the post").click()
    tab.get_by_label("Title", exact=True).fill("Good news")
    tab.get_by_text("Subject, picture, language, topic, look").click()
    tab.get_by_label("Picture above the title").fill("hall.jpg")
    tab.get_by_label("What the picture shows").fill("The hall, full of people")
    words = tab.get_by_label("Your words")
    words.focus()
    tab.keyboard.press("Control+End")
    tab.keyboard.type("\n\nCome on Friday, [all of you](https://example.org/friday).")
    tab.keyboard.press("Shift+Home")
    tab.keyboard.press("Control+b")
    frame = tab.frame_locator("#mail")
    expect(frame.get_by_text("Come on Friday").last).to_be_visible(timeout=15_000)
    expect(tab.get_by_text("Not saved yet")).to_be_visible()
    looks_right(tab)
    tab.get_by_role("link", name="Dark", exact=True).click()
    expect(frame.get_by_text("Come on Friday").last).to_be_visible()
    press(tab, "Save")
    expect(tab.get_by_text("Saved.")).to_be_visible()
    press(tab, "Save and go on to sending")


def send_it(tab: Page, mailboxes: Mailboxes) -> None:
    expect(tab.get_by_role("heading", name="Which people, and when?")).to_be_visible()
    looks_right(tab)
    tab.get_by_label("Email addresses").fill("news@example.org")
    press(tab, "Send the test")
    expect(tab.get_by_text("The test was sent.")).to_be_visible()
    assert mailboxes.recipients == {"news@example.org": 1}
    mailboxes.recipients.clear()
    tab.get_by_text("Another part of the list").click()
    tab.get_by_label("In words of your own").fill("tag:near")
    expect(tab.get_by_text("4 people would get it today.")).to_be_visible()
    tab.get_by_label("First to a few people only").fill("2")
    tab.get_by_label("Minutes to wait in between").fill("60")
    press(tab, "Look at it once more")
    expect(tab.get_by_role("heading", name="Send it like this?")).to_be_visible()
    looks_right(tab)
    press(tab, "Send it to the first few")
    expect(tab.get_by_text("paused", exact=True)).to_be_visible(timeout=60_000)
    assert mailboxes.recipients.total() == 2
    looks_right(tab)
    press(tab, "Go on")
    expect(tab.get_by_text("done", exact=True)).to_be_visible(timeout=60_000)
    looks_right(tab)


def look_back(tab: Page) -> None:
    tab.get_by_role("link", name="Reports").click()
    looks_right(tab)
    tab.get_by_role("link", name="One page for your board").click()
    expect(tab.get_by_role("heading").first).to_be_visible()
    tab.go_back()
    tab.get_by_role("link", name="People").click()
    tab.get_by_label("Find a person").fill("fay")
    tab.keyboard.press("Enter")
    tab.get_by_role("link", name="fay@example.org").click()
    expect(tab.get_by_text("rather not").or_(tab.get_by_text("unsubscribed")).first).to_be_visible()
    looks_right(tab)
    for page in ("Issues", "Set-up", "Home"):
        tab.get_by_role("link", name=page, exact=True).click()
        looks_right(tab)
    tab.get_by_role("link", name="People").click()
    press(tab, "Undo it")
    expect(tab.get_by_text("The import is undone:")).to_be_visible()
    press(tab, "Cymraeg")
    expect(tab.get_by_role("link", name="Negeseuon")).to_be_visible()
    assert tab.locator("html").get_attribute("lang") == "cy"


def log_of(organiser: Organiser) -> list[tuple[str, str, int]]:
    lines = organiser.types("log", "1", "--json").out.splitlines()
    return sorted((each["address"], each["state"], each["attempts"]) for each in map(json.loads, lines))


def test_a_whole_day_at_the_desk(organiser: Organiser, mailboxes: Mailboxes) -> None:
    organiser.settings |= {"SMTP_PORT": str(mailboxes.port)}
    assert organiser.types("init", "--no-input").code == 0
    with browser.running() as chromium, organiser.starts("desk", "--no-open") as program:
        context = chromium.new_context(locale="en-GB")
        tab = context.new_page()
        troubles: list[str] = []
        tab.on("pageerror", lambda error: troubles.append(str(error)))
        tab.goto(program.read_line().strip())
        expect(tab.get_by_role("heading", name="What needs you")).to_be_visible()
        tab.keyboard.press("Tab")
        expect(tab.get_by_role("link", name="Skip to the content")).to_be_focused()
        looks_right(tab)
        take_in_the_list(tab)
        write_the_post(tab, organiser)
        send_it(tab, mailboxes)
        at_the_desk = log_of(organiser)
        look_back(tab)
        assert troubles == []
    assert mailboxes.recipients == {f"{name}@example.org": 1 for name in TO}
    assert at_the_desk == the_same_by_commands(organiser)


def the_same_by_commands(organiser: Organiser) -> list[tuple[str, str, int]]:
    """Do with commands, in another database, what was done at the desk."""
    organiser.settings["DATABASE_URL"] = f"sqlite:///{organiser.folder / 'other.db'}"
    post = next((organiser.folder / "posts").glob("*.md"))
    organiser.writes("people.csv", LIST)
    answers = ("--consent-column", "Newsletter", "--means-yes", "absolutely")
    assert organiser.types("db", "upgrade").code == 0
    assert organiser.types("subscribers", "import", "people.csv", "--consent", WORDING, *answers).code == 0
    first = ("--first", "2", "--canary-wait", "0", "--wait")
    done = organiser.types("send", str(post), "--segment", "tag:near", *first, "--yes")
    assert done.code == 0, done.err
    return log_of(organiser)
