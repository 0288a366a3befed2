"""The wheel, as somebody installs it: everything it needs is inside, and nothing is taken from the checkout."""

import os
import subprocess
import sys
import zipfile
from email import message_from_bytes
from importlib.metadata import Distribution, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from newsletter.demo.catcher import Catcher
from newsletter.settings import env_file

CHECKOUT = Path(__file__).parents[2]
INSIDE = (
    "newsletter/demo/people.csv",
    "newsletter/demo/first-post.md",
    "newsletter/demo/second-post.md",
    "newsletter/demo/hall.jpg",
    "newsletter/database/migrations/env.py",
    "newsletter/database/migrations/versions/0001_people_and_send_log.py",
    "newsletter/templates/email/layout.mjml",
    "newsletter/templates/pages/unsubscribe.html",
    "newsletter/templates/languages/cy.po",
    "newsletter/templates/demo/inbox.html",
    "newsletter/templates/reports/page.html",
    "newsletter/templates/theme.toml",
    "subscribers/pages.py",
)
POST = "---\ntitle: Good news\n---\n\nThe council said yes.\n"
WHERE = "import newsletter, newsletter.theme; print(newsletter.__file__, *newsletter.theme.template_folders(None))"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout, built without the network."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(build, cwd=CHECKOUT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder the wheel is installed into, and nothing else."""
    folder = tmp_path_factory.mktemp("installed")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--no-compile"]
    quiet = ["--disable-pip-version-check", "--root-user-action=ignore", "--target", str(folder), str(wheel)]
    done = subprocess.run([*pip, *quiet], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def small_host(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the wheel needs when it is installed without an extra: links to these packages, no others."""
    folder = tmp_path_factory.mktemp("small-host")
    (metadata,) = installed.glob("*.dist-info/METADATA")
    wanted = [Requirement(line) for line in message_from_bytes(metadata.read_bytes()).get_all("requires-dist", [])]
    seen: set[tuple[str, str]] = set()
    while wanted:
        requirement = wanted.pop()
        for extra in ("", *requirement.extras):
            if (requirement.name, extra) in seen or (requirement.marker and not requirement.marker.evaluate()):
                continue
            seen.add((requirement.name, extra))
            found = distribution(requirement.name)
            inner = map(Requirement, found.requires or ())
            wanted += [each for each in inner if not each.marker or each.marker.evaluate({"extra": extra})]
            link_files_of(found, folder)
    return folder


def link_files_of(found: Distribution, folder: Path) -> None:
    for top in {file.parts[0] for file in found.files or () if file.parts[0] not in ("..", "__pycache__")}:
        there = folder / top
        if not there.exists():
            there.symlink_to(Path(str(found.locate_file(top))))


def run(
    installed: Path, folder: Path, *arguments: str, packages: Path | None = None
) -> "subprocess.CompletedProcess[str]":
    """Run Python with the installed wheel and `packages` (none given: all there are).

    -S leaves out the .pth that names the checkout.
    """
    dependencies = str(packages or next(path for path in sys.path if path.endswith("site-packages")))
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("NEWSLETTER_", "PYTHON"))}
    environment = {**inherited, "PYTHONPATH": os.pathsep.join([str(installed), dependencies])}
    return subprocess.run(
        [sys.executable, "-S", *arguments], cwd=folder, env=environment, capture_output=True, text=True
    )


def test_the_wheel_holds_all_it_needs_and_none_of_the_tests(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert [name for name in INSIDE if name not in names] == []
    tops = {name.partition("/")[0] for name in names}
    assert {top for top in tops if not top.endswith((".dist-info", ".data"))} == {"newsletter", "subscribers"}
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)
    assert (CHECKOUT / "README.md").is_file()
    assert (CHECKOUT / "LICENSE").is_file()


@pytest.mark.thorough
def test_an_installed_copy_works_with_its_own_templates(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "post.md").write_text(POST)
    found = run(installed, tmp_path, "-c", WHERE).stdout.split()
    assert found == [str(installed / "newsletter" / "__init__.py"), str(installed / "newsletter" / "templates")]
    previewed = run(installed, tmp_path, "-m", "newsletter", "preview", "post.md")
    assert previewed.returncode == 0, previewed.stderr
    assert "The council said yes." in (tmp_path / "preview" / "post" / "email.html").read_text()
    assert run(installed, tmp_path, "-m", "newsletter", "init", "--no-input").returncode == 0
    assert (tmp_path / "newsletter.db").is_file()


STORY = """
import sys, urllib.request
from newsletter.app.pages import public_pages
from newsletter.app.workspace import Workspace
from newsletter.cli import newsletter
from newsletter.web import server
from subscribers.errors import Explained

def tell(*words):
    try:
        code = newsletter.main(words, standalone_mode=False)
    except Explained as error:
        code = f"{error.exit_code} {error}"
    print(words[0], code or "done", flush=True)

tell("init", "--no-input")
tell("subscribers", "import", "people.csv", "--consent", "Yes, please")
tell("check", "post.md", "--offline")
tell("send", "post.md", "--yes", "--wait")
tell("status")
here = Workspace(__import__("pathlib").Path.cwd())
app = server.application(here.engine, here.settings, here.templates, here.transport(), here.published)
with server.Listener.on("127.0.0.1", 0) as listener, listener.serving(app):
    with urllib.request.urlopen(listener.address + "/health") as answer:
        print("health", answer.read().decode())
tell("demo")
tell("post", "add", "letter.docx")
tell("post", "add", "feed.xml")
tell("bounces", "process")
tell("serve", "--metrics", "127.0.0.1:0")
import os
os.environ["NEWSLETTER_DATABASE_URL"] = "postgresql+psycopg://nobody@127.0.0.1/none"
tell("status")
"""


def test_a_small_host_without_extras_sends_and_serves_and_is_told_which_extra_the_rest_needs(
    installed: Path, small_host: Path, tmp_path: Path
) -> None:
    for absent in ("aiosmtpd", "mammoth", "feedparser", "imapclient", "prometheus_client", "psycopg", "procrastinate"):
        assert not (small_host / absent).exists()
    (tmp_path / "post.md").write_text(POST)
    (tmp_path / "people.csv").write_text("email\nada@example.org\n")
    with zipfile.ZipFile(tmp_path / "letter.docx", "w") as letter:
        letter.writestr("[Content_Types].xml", "<Types/>")
        letter.writestr("word/document.xml", "<w:document xmlns:w='urn:w'/>")
    (tmp_path / "feed.xml").write_text("<rss version='2.0'><channel><title>News</title></channel></rss>")
    with Catcher.running(tmp_path / "caught") as catcher:
        said = {
            "organisation": "Co-production Wales",
            "postal_address": "1 Example Street, Cardiff",
            "from_": "Co-production Wales <news@example.org>",
            "base_url": "https://news.example.org",
            "secret_key": "a secret key of the tests, long enough",
            "smtp_host": "127.0.0.1",
            "smtp_port": str(catcher.port),
            "smtp_security": "none",
            "bounces_host": "imap.example.org",
            "bounces_username": "news",
            "bounces_password": "secret",
        }
        (tmp_path / ".env").write_text(env_file.render(said))
        told = run(installed, tmp_path, "-c", STORY, packages=small_host)
        assert [str(mail["To"]) for mail in catcher.mails] == ["ada@example.org"], told.stdout + told.stderr
    outcomes = dict(line.split(" ", 1) for line in told.stdout.splitlines() if " " in line)
    assert [outcomes[each] for each in ("init", "subscribers", "check", "send")] == ["done"] * 4, told.stdout
    assert outcomes["health"] == '{"alive":true,"ready":true}'
    named = [line.rpartition("pip install ")[2] for line in told.stdout.splitlines() if "pip install" in line]
    extras = ("demo", "word", "feeds", "imap", "metrics", "postgresql")
    assert named == [f"'newsletter[{each}]'" for each in extras], told.stdout + told.stderr
    assert told.stdout.count(" 4 To ") == len(extras)
