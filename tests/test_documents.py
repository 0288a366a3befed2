"""Every command that a page shows is one: those in its blocks are run in a scratch folder, all others are parsed.

And the site of all pages is made without a warning, so that every link leads somewhere.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from newsletter.cli import newsletter
from newsletter.demo.catcher import Catcher
from tests.generated_docs import ROOT

GENERATED = ("commands.md", "settings.md", "moving.md")
PAGES = [ROOT / "README.md", *(each for each in sorted((ROOT / "docs").glob("*.md")) if each.name != "commands.md")]
SETTINGS = {
    "ORGANISATION": "Co-production Wales",
    "POSTAL_ADDRESS": "1 Example Street, Cardiff",
    "FROM": "Co-production Wales <news@example.org>",
    "BASE_URL": "https://news.example.org",
    "SECRET_KEY": "a secret key of the documents, long enough",
    "SMTP_HOST": "127.0.0.1",
    "SMTP_SECURITY": "none",
}
POST = "---\ntitle: Good news\n---\n\nThe council said yes.\n"
SERVE = "serve", "worker", "desk", "demo"
"""Commands that go on until they are ended; tests of their own run them."""
NEEDS_ANOTHER = {
    ("post", "add", "https:"): "the web",
    ("bounces", "process"): "a mailbox",
    ("imports", "undo"): "an import of that number",
    ("deeds", "--check", "--head"): "an earlier record",
    ("ask",): "people who approve",
    ("approve",): "a request",
    ("doctor", "dkim-key"): "",
}
"""Commands of blocks that are only parsed, because they need something of the world."""
WITHOUT_A_TERMINAL = {"init": ["--no-input"], "send": ["--yes"], "doctor": ["--offline"], "cancel": ["--yes"]}
"""What a test adds to a command that would ask, or call others."""
OTHER_PROGRAMS = {
    *(
        "adduser",
        "apt",
        "chown",
        "cp",
        "docker",
        "echo",
        "export",
        "git",
        "ln",
        "loginctl",
        "mkdir",
        "openssl",
        "pip",
        "python3",
    ),
    *("sudo", "systemctl", "./run", "/opt/newsletter/bin/pip"),
}
HERE_DOCUMENT = re.compile(r"(<<'?(\w+)'?\n.*?\n\s*\2)$", re.MULTILINE | re.DOTALL)
PLACEHOLDER = re.compile(r"[A-Z]{2,}|…|YOU@")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with a list, a post, and one issue that has been sent; to be copied for each page."""
    folder = tmp_path_factory.mktemp("documents")
    (folder / "people.csv").write_text("email,first_name,tags\nada@example.org,Ada,volunteer\nben@example.net,Ben,\n")
    (folder / "posts").mkdir()
    for name in ("good-news", "earlier", "welcome"):
        (folder / "posts" / f"{name}.md").write_text(POST.replace("Good news", name))
    kept = {name: value for name, value in os.environ.items() if name.startswith("NEWSLETTER_")}
    with Catcher.running(folder / "caught") as catcher:
        try:
            os.environ.update({f"NEWSLETTER_{name}": value for name, value in SETTINGS.items()})
            os.environ["NEWSLETTER_SMTP_PORT"] = str(catcher.port)
            with chdir(folder):
                segment = ["segments", "add", "volunteers", "tag:volunteer"]
                people = ["subscribers", "import", "people.csv"]
                for words in (["init"], people, segment, ["send", "posts/earlier.md"]):
                    assert run(words) == 0
            yield folder
        finally:
            for name in [name for name in os.environ if name.startswith("NEWSLETTER_")]:
                del os.environ[name]
            os.environ.update(kept)


def run(words: list[str]) -> int:
    added = WITHOUT_A_TERMINAL.get(words[0], [])
    typed = [word for word in words if word != "--open"] + [each for each in added if each not in words]
    ran = CliRunner().invoke(newsletter, typed, prog_name="newsletter")
    error = ran.exception
    code = getattr(error, "exit_code", 1) if error and not isinstance(error, SystemExit) else ran.exit_code
    if code:
        print(shlex.join(typed), ran.output, repr(error))
    return int(code)


def blocks(page: Path) -> Iterator[list[str]]:
    """Yield the lines of each block for the shell; what follows << is one with its line."""
    for block in re.findall(r"^ *```sh\n(.*?)^ *```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL):
        yield HERE_DOCUMENT.sub(lambda here: here[1].replace("\n", "\0"), block).splitlines()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_commands_in_the_blocks_of_a_page_do_what_it_says(page: Path, prepared: Path, tmp_path: Path) -> None:
    folder = tmp_path / "newsletter"
    shutil.copytree(prepared, folder)
    for named in re.findall(r"posts/([\w-]+\.md)", page.read_text(encoding="utf-8")):
        (folder / "posts" / named).write_text(POST.replace("Good news", named))
    with chdir(folder):
        for line in (line.strip() for block in blocks(page) for line in block):
            if "<<" in line:
                Path(line.split("> ")[1].split()[0]).write_text("\n".join(line.split("\0")[1:-1]) + "\n")
                continue
            for command in re.split(r"\s&&\s", line):
                does_what_it_says(shlex.split(command, comments=True))


def does_what_it_says(words: list[str]) -> None:
    if not words:
        return
    if words[0] == "cd" and not words[1].startswith(("~", "/", "deploy")):
        shutil.copy("people.csv", words[1])
        shutil.copytree("posts", f"{words[1]}/posts", dirs_exist_ok=True)
        os.chdir(words[1])
    elif words[0] != "newsletter":
        assert words[0] in {*OTHER_PROGRAMS, "cd"}, f"{words}: no test knows this program"
        if words[0] in ("sudo", "docker") and "newsletter" in words:  # and then it is the newsletter's own command
            assert faults(words[len(words) - words[::-1].index("newsletter") :]) == ""
    elif (
        words[1] in SERVE
        or any(tuple(words[1 : 1 + len(each)]) == each for each in NEEDS_ANOTHER)
        or "https:" in str(words)
    ):
        assert faults(words[1:]) == ""
    elif words[1:] != ["--version"]:
        assert run(words[1:]) == 0, words


def test_every_command_that_a_page_mentions_is_one_with_these_options() -> None:
    wrong = {}
    for page in (*PAGES, *sorted((ROOT / "docs" / "maintainers").glob("*.md"))):
        text = " ".join(page.read_text(encoding="utf-8").split())
        for said in re.findall(r"`newsletter ([^`]+)`", text):
            words = said.split(" | ")[0].replace("\\", "")
            try:
                fault = faults(shlex.split(words))
            except ValueError:
                continue  # it is cut within quotation marks
            if fault:
                wrong[f"{page.name}: newsletter {said}"] = fault
    assert wrong == {}


def faults(words: list[str]) -> str:
    """Say which command or option of `words` there is not; empty: none. What stands for a value is not looked at."""
    context = click.Context(newsletter, info_name="newsletter")
    command: click.Command = newsletter
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        if PLACEHOLDER.search(words[0]):
            return ""
        found = command.get_command(context, words[0])
        if found is None:
            return f"no such command: {words[0]}"
        command, words = found, words[1:]
        context = click.Context(command, info_name=command.name, parent=context)
    options = {
        name for each in command.params if isinstance(each, click.Option) for name in (*each.opts, *each.secondary_opts)
    }
    options |= {"--help", "-h", "--version"}
    unknown = [word for word in words if word.startswith("-") and word != "-" and word.partition("=")[0] not in options]
    return f"no such option: {' '.join(unknown)}" if unknown else ""


def test_a_command_that_is_none_would_be_found() -> None:
    assert faults(["sned", "post.md"]) == "no such command: sned"
    assert faults(["db", "restore"]) == "no such command: restore"
    assert faults(["send", "POST", "--twice"]) == "no such option: --twice"
    assert faults(["db", "backup", "FILE"]) == faults(["send", "POST", "--at", "18:30"]) == ""


def test_the_site_is_made_without_a_warning_and_every_link_leads_somewhere(tmp_path: Path) -> None:
    mkdocs = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path / "site")]
    done = subprocess.run(mkdocs, cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    pages = {str(page.relative_to(tmp_path / "site")) for page in (tmp_path / "site").rglob("*.html")}
    assert {"tutorial.html", "maintainers/decisions.html", "maintainers/architecture.html", "index.html"} <= pages
    assert "style" in (tmp_path / "site" / "index.html").read_text(encoding="utf-8")
