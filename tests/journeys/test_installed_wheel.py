"""The wheel, as somebody installs it: everything it needs is inside, and nothing is taken from the checkout."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

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
    "newsletter/templates/report.html",
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


def run(installed: Path, folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run Python with the installed wheel and its dependencies: -S leaves out the .pth that names the checkout."""
    dependencies = next(path for path in sys.path if path.endswith("site-packages"))
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
    assert {top for top in tops if not top.endswith(".dist-info")} == {"newsletter", "subscribers"}
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)
    assert (CHECKOUT / "README.md").is_file()
    assert (CHECKOUT / "LICENSE").is_file()


def test_an_installed_copy_works_with_its_own_templates(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "post.md").write_text(POST)
    found = run(installed, tmp_path, "-c", WHERE).stdout.split()
    assert found == [str(installed / "newsletter" / "__init__.py"), str(installed / "newsletter" / "templates")]
    previewed = run(installed, tmp_path, "-m", "newsletter", "preview", "post.md")
    assert previewed.returncode == 0, previewed.stderr
    assert "The council said yes." in (tmp_path / "preview" / "post" / "email.html").read_text()
    assert run(installed, tmp_path, "-m", "newsletter", "init", "--no-input").returncode == 0
    assert (tmp_path / "newsletter.db").is_file()
