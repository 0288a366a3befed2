"""Bad input: one clear line that starts with "Error:", the exit code that says whose turn it is, and nothing half done.

No traceback reaches an organiser. Checks that can share a folder do, because every command takes its time to start.
"""

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.journeys.conftest import Ended, Mailboxes, Organiser
else:
    Ended = Mailboxes = Organiser = Any

POST = "---\ntitle: Good news\n---\n\nThe council said yes.\n"
PHOTO = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\xff\xfe\x00"


def complains(ended: Ended, code: int, *words: str) -> None:
    """Assert the exit code and exactly one line of complaint, the last, which holds all of `words`."""
    assert "Traceback" not in ended.err
    assert "fault in the program" not in ended.err
    assert ended.code == code, ended.err
    assert len(ended.errors) == 1, ended.err
    assert ended.err.rstrip().splitlines()[-1] == ended.errors[0]
    for word in words:
        assert word in ended.errors[0]


def rows(organiser: Organiser, table: str) -> int:
    """Count the rows of a table, to see whether anything came of a command."""
    with closing(sqlite3.connect(organiser.folder / "newsletter.db")) as database:
        return int(database.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def may_write_everywhere(folder: Path) -> bool:
    folder.chmod(0o500)
    try:
        return os.access(folder, os.W_OK)
    finally:
        folder.chmod(0o700)


def without_roots_powers() -> tuple[str, ...]:
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        pytest.skip("root may write everywhere and there is no setpriv: NOT TRIED is a folder that may not be written")
    return (setpriv, "--bounding-set=-dac_override,-dac_read_search")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("missing.md", None, ("missing.md", "no such file")),
        ("posts", None, ("posts", "folder")),
        ("photo.md", PHOTO, ("photo.md", "not text")),
        ("broken.md", "---\ntitle: [Good news\n---\n\nYes.\n", ("broken.md, line", "cannot be read")),
        ("script.md", "---\ntitle: Good news\n---\nHello <script>alert(1)\n\nlost\n", ("script.md, line 4", "lost")),
        ("lost.html", "---\ntitle: Good news\n---\n<p>Hello</p>\n<!-- <p>lost</p>", ("lost.html, line 5", "lost")),
        (
            "tag.md",
            "---\ntitle: Good news\nmerge: true\n---\n\nDear {{nickname}}\n",
            ("tag.md, line 6", "{{nickname}}"),
        ),
    ],
)
def test_a_post_that_cannot_go_out_is_refused_by_its_name_and_line(
    ready: Organiser, name: str, content: str | bytes | None, words: tuple[str, ...]
) -> None:
    if content is not None:
        ready.writes(name, content)
    before = ready.files()
    complains(ready.types("preview", name), 1, *words)
    assert ready.files() == before


def test_what_is_merely_unclosed_goes_through_with_a_line_of_warning(organiser: Organiser) -> None:
    organiser.writes("post.md", "---\ntitle: Good news\n---\n\n<div>The council said yes.\n")
    ended = organiser.types("preview", "post.md")
    assert (ended.code, ended.errors) == (0, [])
    assert "post.md\n  5  warning  <div> is never closed" in ended.err
    assert "The council said yes." in (organiser.folder / "preview" / "post" / "email.txt").read_text()


def test_send_names_the_setting_it_lacks_and_freezes_nothing(ready: Organiser) -> None:
    for name in ("ORGANISATION", "POSTAL_ADDRESS", "FROM", "SMTP_HOST"):
        complains(ready.types("send", "post.md", "--yes", **{name: None}), 4, f"NEWSLETTER_{name}", "is not set")
    (ready.folder / ".env").unlink(missing_ok=True)
    complains(ready.types("send", "post.md", "--yes", SECRET_KEY=None), 4, "NEWSLETTER_SECRET_KEY", "is not set")
    complains(ready.types("send", "nothing.md", SMTP_HOST=None), 1, "nothing.md", "no such file")
    assert rows(ready, "issues") == 0


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("SECRET_KEY", "short", "32 random characters"),
        ("SMTP_PORT", "99999", "from 1 to 65535"),
        ("SMTP_SECURITY", "ssl", "starttls, tls, none"),
        ("BASE_URL", "news.example.org", "https://news.example.org"),
        ("FROM", "nobody", "must be an email address"),
    ],
)
def test_a_setting_that_makes_no_sense_is_named_with_what_it_may_be(
    organiser: Organiser, name: str, value: str, words: str
) -> None:
    ended = organiser.types("config", "show", **{name: value})
    complains(ended, 4, f"NEWSLETTER_{name}", words)
    assert ended.out == ""
    if name == "SECRET_KEY":
        assert value not in ended.err


def test_a_login_the_relay_does_not_know_ends_with_4_and_without_the_password(
    ready: Organiser, strict_mailboxes: Mailboxes
) -> None:
    login: dict[str, str | None] = {"SMTP_USERNAME": "me", "SMTP_PASSWORD": "canary-password"}
    ended = ready.types("send", "post.md", "--yes", SMTP_PORT=str(strict_mailboxes.port), **login)
    complains(ended, 4, "535", "newsletter resume")
    assert "canary-password" not in ended.out + ended.err
    assert not strict_mailboxes.mails


def test_a_relay_that_cannot_be_talked_to_leaves_everybody_queued(ready: Organiser, mailboxes: Mailboxes) -> None:
    down = ready.types("send", "post.md", "--yes", "--json")
    complains(down, 75, "127.0.0.1:9", "newsletter resume")
    assert '"queued": 2' in down.out
    nowhere = ready.types("send", "post.md", "--yes", SMTP_HOST="relay.invalid", SMTP_SECURITY="starttls")
    complains(nowhere, 75, "relay.invalid")
    plain = ready.types("send", "post.md", "--yes", SMTP_PORT=str(mailboxes.port), SMTP_SECURITY="starttls")
    complains(plain, 4, "STARTTLS")
    assert not mailboxes.mails
    assert '"queued": 2' in ready.types("report", "--json").out
    complains(ready.types("test", "post.md", "--to", "me@example.org"), 75, "127.0.0.1:9", "Not every test was sent")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("missing.csv", None, "no such file"),
        ("posts", None, "is a directory"),
        ("nobody.csv", "name,town\nAda,Cardiff\n", "email"),
        ("photo.csv", PHOTO, "not text"),
        ("empty.csv", b"", "empty"),
    ],
)
def test_a_list_that_cannot_be_read_is_refused_by_name(
    ready: Organiser, name: str, content: str | bytes | None, words: str
) -> None:
    if content is not None:
        ready.writes(name, content)
    complains(ready.types("subscribers", "import", name), 1, name, words)
    assert rows(ready, "subscribers") == 2


def test_a_database_that_cannot_be_used_is_named(organiser: Organiser) -> None:
    complains(organiser.types("status"), 4, "newsletter.db", "does not exist yet", "newsletter init")
    organiser.writes("newsletter.db", "a shopping list, and no database\n" * 100)
    complains(organiser.types("status"), 4, "newsletter.db", "not a database")
    away = "sqlite:////nowhere-at-all/newsletter.db"
    complains(organiser.types("init", "--no-input", DATABASE_URL=away), 4, "/nowhere-at-all/newsletter.db")
    for url in ("mysql://user:canary-password@example.org/list", "nonsense:canary-password"):
        ended = organiser.types("status", DATABASE_URL=url)
        complains(ended, 4, url.partition(":")[0])
        assert "canary" not in ended.err


@pytest.mark.thorough
def test_a_folder_or_database_that_may_not_be_written_is_named(ready: Organiser) -> None:
    if may_write_everywhere(ready.folder):
        ready.dressed_as = without_roots_powers()
    database = ready.folder / "newsletter.db"
    database.chmod(0o400)
    ready.writes("more.csv", "email\nzoe@example.org\n")
    complains(ready.types("subscribers", "import", "more.csv"), 4, "newsletter.db")
    database.chmod(0o600)
    ready.folder.chmod(0o500)
    try:
        complains(ready.types("preview", "post.md"), 1, "preview", "permission denied")
        complains(ready.types("subscribers", "export", "-o", "list.csv"), 1, "list.csv", "permission denied")
        complains(ready.types("init", "elsewhere", "--no-input"), 1, "elsewhere: permission denied", "its owner")
    finally:
        ready.folder.chmod(0o700)


def test_a_place_that_cannot_be_written_to_is_named(ready: Organiser) -> None:
    ready.writes("taken", "a file where a folder should be")
    complains(ready.types("init", "taken/here", "--no-input"), 1, "taken")
    complains(ready.types("preview", "post.md", "-o", "taken/here"), 1, "taken")
    complains(ready.types("subscribers", "export", "-o", "nowhere/list.csv"), 1, "nowhere")
    assert not list(ready.folder.glob("**/.*.part"))


def test_what_is_not_known_is_said_and_what_is_not_confirmed_is_not_sent(ready: Organiser) -> None:
    complains(ready.types("report"), 1, "Nothing has been sent yet")
    complains(ready.types("log", "7"), 1, "no issue 7")
    complains(ready.types("subscribers", "unsubscribe", "zoe@example.org"), 1, "zoe@example.org is not on the list")
    complains(ready.types("preview", "post.md", "--as", "zoe@example.org"), 1, "zoe@example.org is not on the list")
    complains(ready.types("send", "post.md", "--faster"), 2, "--faster", "newsletter send -h")
    complains(ready.types("sned"), 2, "sned")
    complains(ready.types("send", "post.md"), 5, "--yes")
    complains(ready.types("send", "post.md", "--no-input"), 5, "--yes")
    assert rows(ready, "issues") == 0


def test_an_issue_for_nobody_is_refused(ready: Organiser) -> None:
    with closing(sqlite3.connect(ready.folder / "newsletter.db")) as database, database:
        database.execute("UPDATE subscribers SET consent = 'pending'")
    complains(ready.types("send", "post.md", "--yes"), 5, "Of the 2 people on your list: 2 not confirmed yet")
    with closing(sqlite3.connect(ready.folder / "newsletter.db")) as database, database:
        database.execute("DELETE FROM consents")
        database.execute("DELETE FROM subscribers")
    complains(ready.types("send", "post.md", "--yes"), 5, "your list is empty")
    assert rows(ready, "issues") == 0


def test_words_for_a_terminal_cannot_be_hidden_in_a_list(ready: Organiser) -> None:
    ready.writes("people.csv", b"email\n\x1b]0;owned\x07nobody\n")
    ended = ready.types("subscribers", "import", "people.csv")
    assert "people.csv:2:" in ended.err
    assert "\x1b" not in ended.err + ended.out
