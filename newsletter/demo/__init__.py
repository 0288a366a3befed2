"""The whole story in a minute, without an account anywhere: every step is a command that an organiser would type.

    catcher    an SMTP server on this machine that keeps the mails it gets
    machines   the story with two workers, one of which is killed
    postgresql the database that they share
    inbox      a page with these mails, as a desktop and a phone show them

The posts and the people are in this folder too. Nothing here is used outside the demo.
"""

import os
import re
import shutil
import tempfile
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, chdir, contextmanager, suppress
from email.message import EmailMessage
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType

from starlette.applications import Starlette

from newsletter.app.workspace import Workspace
from newsletter.database.engine import open_database
from newsletter.demo import inbox
from newsletter.demo.catcher import Catcher
from newsletter.desk.application import open_desk
from newsletter.errors import NewsletterError
from newsletter.settings import env_file, read_settings
from newsletter.settings.declaration import PREFIX
from newsletter.theme import template_folders
from newsletter.web import server

RunCommand = Callable[[list[str]], int]
Say = Callable[[str], None]

FIRST, SECOND = "posts/first-post.md", "posts/second-post.md"
_BROUGHT = {
    "people.csv": "people.csv",
    "first-post.md": FIRST,
    "second-post.md": SECOND,
    "hall.jpg": "posts/hall.jpg",
}
CONSENT = "Yes, send me news of the campaign about once a month."
LEAVER = "ffion@members.test"
SUPPRESSED = "dot@supporters.example"


class DemoFailed(NewsletterError):
    """The demo did not go as it should: {why}"""


def tell(run: RunCommand, say: Say, keep: Path | None, stay: bool) -> None:
    """Tell the story, running each command with `run`; with `stay`, serve mails and pages until interrupted.

    The folder is `keep`, or a temporary one that is removed at the end. Raises DemoFailed if a step goes wrong.
    """
    with ExitStack() as stack:
        stack.enter_context(own_settings_only())
        folder = stack.enter_context(demo_folder(keep))
        catcher = stack.enter_context(Catcher.running(folder / "caught"))
        pages = stack.enter_context(server.Listener.on("127.0.0.1", 0))
        prepare(folder, catcher, pages.address)
        stack.enter_context(chdir(folder))
        say(f"A folder of an organiser's own: {folder}")
        _tell_of_the_list(run, say)
        stack.enter_context(pages.serving(_pages(folder)))
        inbox_listener = stack.enter_context(server.Listener.on("127.0.0.1", 0))
        stack.enter_context(inbox_listener.serving(inbox.application(catcher, template_folders(None))))
        _tell_of_the_first_issue(run, say, catcher)
        gone = _tell_of_the_one_who_leaves(say, catcher)
        _tell_of_the_second_issue(run, say, catcher, gone)
        _balance(run, say)
        say(f"\nThe mails, as a desktop and a phone show them:  {inbox_listener.address}/")
        say(f"An unsubscribe page, as a supporter sees it:    {_link(catcher.mails[0])}")
        if stay:
            _at_the_desk(folder, say)


def _tell_of_the_list(run: RunCommand, say: Say) -> None:
    say("\n— People who asked to hear from us, from a spreadsheet —")
    step(run, ["init", "--no-input"])
    step(run, ["subscribers", "import", "people.csv", "--consent", CONSENT])
    step(run, ["suppress", "add", SUPPRESSED, "--detail", "wrote to us that it is enough"])


def _tell_of_the_first_issue(run: RunCommand, say: Say, catcher: Catcher) -> None:
    say("\n— The first post goes out —")
    step(run, ["preview", FIRST])
    step(run, ["send", FIRST, "--yes", "--wait"], allowed=(3,))
    if len(catcher.mails) != len({mail["To"] for mail in catcher.mails}):
        raise DemoFailed(why="somebody got the first issue twice")


def _tell_of_the_one_who_leaves(say: Say, catcher: Catcher) -> str:
    mail = next((mail for mail in catcher.mails if LEAVER in mail["To"]), None)
    if mail is None:
        raise DemoFailed(why=f"no mail for {LEAVER} arrived")
    say(f"\n— {LEAVER} unsubscribes with the button her mail program shows —")
    say(f"POST {_link(mail)}")
    request = urllib.request.Request(_link(mail), data=b"List-Unsubscribe=One-Click", method="POST")  # noqa: S310
    with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310 (the address is of our own server)
        say(f"{response.status} {response.read().decode().strip()[:60]}")
    return LEAVER


def _tell_of_the_second_issue(run: RunCommand, say: Say, catcher: Catcher, gone: str) -> None:
    say("\n— The second post goes out, and leaves her in peace —")
    before = len(catcher.mails)
    step(run, ["send", SECOND, "--yes", "--wait"])
    second = catcher.mails[before:]
    if any(gone in mail["To"] for mail in second) or not second:
        raise DemoFailed(why=f"{gone} unsubscribed and got the second issue all the same")
    say(f"{len(second)} mails arrived, none of them for {gone}.")


def _balance(run: RunCommand, say: Say) -> None:
    say("\n— What became of everybody —")
    for number in ("1", "2"):
        step(run, ["report", number])


def step(run: RunCommand, words: list[str], allowed: tuple[int, ...] = ()) -> None:
    """Run a command; raise DemoFailed if it ends with a code that is neither 0 nor `allowed`."""
    code = run(words)
    if code not in (0, *allowed):
        raise DemoFailed(why=f"`newsletter {' '.join(words)}` ended with {code}")


def prepare(folder: Path, catcher: Catcher, pages: str, more: Mapping[str, str] = MappingProxyType({})) -> None:
    """Put the posts, the people and the settings of the demo into `folder`; `more`: further settings."""
    (folder / "posts").mkdir(exist_ok=True)
    ours = files("newsletter.demo")
    for name, place in _BROUGHT.items():
        (folder / place).write_bytes((ours / name).read_bytes())
    settings = {
        "organisation": "Gyda’n Gilydd – Together",
        "postal_address": "1 Heol Enghraifft, Aberystwyth SY23 9ZZ",
        "website": "https://www.example.org",
        "registration": "Elusen gofrestredig 1234567 · Registered charity 1234567",
        "from_": "Gyda’n Gilydd – Together <news@example.org>",
        "reply_to": "helo@example.org",
        "base_url": pages,
        "secret_key": os.urandom(24).hex(),
        "smtp_host": "127.0.0.1",
        "smtp_port": str(catcher.port),
        "smtp_security": "none",
        "retry_seconds": "1",
        "return_path": "bounces@example.org",
        **more,
    }
    env = folder / ".env"
    env.unlink(missing_ok=True)
    env.touch(mode=0o600)
    env.write_text(env_file.render(settings), encoding="utf-8")


def _pages(folder: Path) -> Starlette:
    settings = read_settings(folder)
    engine = open_database(settings.database_url, settings.durability)
    return server.application(engine, settings, template_folders(None), published=folder / "published")


def _link(mail: EmailMessage) -> str:
    found = re.search(r"<(http[^>]+)>", mail["List-Unsubscribe"])
    if found is None:
        raise DemoFailed(why="a mail has no List-Unsubscribe link")
    return found[1]


@contextmanager
def own_settings_only() -> Iterator[None]:
    """Hide settings in the environment, which win over .env: the demo must not reach the organiser's real relay."""
    theirs = {name: value for name, value in os.environ.items() if name.startswith(PREFIX)}
    for name in theirs:
        del os.environ[name]
    try:
        yield
    finally:
        os.environ.update(theirs)


@contextmanager
def demo_folder(keep: Path | None) -> Iterator[Path]:
    """Have a folder for the demo: `keep`, which must be empty, or one that is removed at the end."""
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        if any(keep.iterdir()):
            raise DemoFailed(why=f"{keep} is not empty; name a folder of its own")
        yield keep.resolve()
        return
    folder = Path(tempfile.mkdtemp(prefix="newsletter-demo-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _at_the_desk(folder: Path, say: Say) -> None:
    """Open the desk of the demo's folder, and keep everything up until Ctrl-C, the normal end of the story."""
    with open_desk(Workspace(folder)) as desk, suppress(KeyboardInterrupt):
        say(f"\nAll of it in your browser, for you to go on:  {desk.address}")
        say("Everything stays up until you press Ctrl-C.")
        desk.serve()
