"""The rules of the house, as tests."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib import import_module
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from newsletter.cli import newsletter
from newsletter.cli.catalogue import FILES
from newsletter.cli.sections import SECTIONS
from tests.generated_docs import documents

ROOT = Path(__file__).parents[1]
PACKAGES = [*ROOT.glob("newsletter/**/*.py"), *ROOT.glob("subscribers/**/*.py")]
MOST_LINES, MOST_FUNCTION_LINES = 350, 45
ONE_TABLE = {ROOT / "newsletter/settings/__init__.py"}  # every setting, with its help: cut up, it would read worse
DRAWERS = {"utils", "util", "helpers", "helper", "common", "misc", "core", "base", "manager", "service"}


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


@pytest.mark.parametrize("name", sorted(documents()))
def test_generated_documentation_says_what_the_code_does(name: str) -> None:
    assert (ROOT / name).read_text(encoding="utf-8") == documents()[name], "run: ./run docs"


def test_a_file_says_what_it_is_for_and_can_be_read_in_one_sitting() -> None:
    assert [fault for file in PACKAGES for fault in hard_to_read(file)] == []


def hard_to_read(file: Path) -> Iterator[str]:
    text, name = file.read_text(encoding="utf-8"), file.relative_to(ROOT)
    tree = ast.parse(text)
    if not ast.get_docstring(tree):
        yield f"{name}: a module opens with what goes in, what comes out, what it refuses to do"
    if len(text.splitlines()) > MOST_LINES and file not in ONE_TABLE:
        yield f"{name} is {len(text.splitlines())} lines long"
    for function in () if "migrations" in file.parts else functions(tree):
        length = (function.end_lineno or 0) - function.lineno + 1
        if length > MOST_FUNCTION_LINES:
            yield f"{name}: {function.name} is {length} lines long"


def test_a_statement_is_streamed_and_never_the_connection_it_runs_on() -> None:
    """Because Connection.execution_options changes the connection: everything after would be a cursor on the server."""
    for file in PACKAGES:
        calls = (node for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if isinstance(node, ast.Call))
        for call in calls:
            if isinstance(call.func, ast.Attribute) and call.func.attr == "execution_options":
                given = {keyword.arg for keyword in call.keywords}
                on_a_name = isinstance(call.func.value, ast.Name | ast.Attribute)
                assert not (on_a_name and given & {"yield_per", "stream_results", "max_row_buffer"}), (
                    f"{file.name}:{call.lineno}: connection.execute(query, execution_options=…)"
                )


OPENING = {
    "open",
    "fdopen",
    "read_bytes",
    "read_text",
    "write_bytes",
    "write_text",
    "touch",
    "copy",
    "copy2",
    "copyfile",
}
NAMES_THE_DATABASE = re.compile(r"\burl\.database\b|prefix\(\"sqlite:|-wal\b|-shm\b|sqlite3\.connect|PRAGMA")
OPENS_ANOTHER_FILE = {
    ("lock.py", "open"): "its own lock file",
}


def test_no_file_that_knows_where_the_database_is_opens_a_file_by_hand() -> None:
    """Because closing any descriptor of the database drops all locks that SQLite holds on it in this process."""
    opened = set()
    for file in PACKAGES:
        text = file.read_text(encoding="utf-8")
        if NAMES_THE_DATABASE.search(text) and "migrations" not in file.parts:
            calls = (node.func for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call))
            names = {str(getattr(call, "attr", getattr(call, "id", ""))) for call in calls}
            opened |= {(file.name, name) for name in names & OPENING}
    assert opened == set(OPENS_ANOTHER_FILE)


BELOW_THE_USE_CASES = re.compile(
    r"sqlalchemy\b|newsletter\.(database(?!\.tables\.\w)|send_log|people\.erasure|settings\.env_file|compiler|publish|web"
    r"|delivery\.lifecycle|bounces\.processing|transport\.(relay|relays|pool|folder))\b"
    r"|subscribers\.(tables|consent|saved|topics|tagging|enrolment|erasure|export|audience|listed|imports\.merging)\b"
)


def test_the_command_line_reaches_database_and_relay_only_through_the_use_cases() -> None:
    """Because a safeguard that stands in a command is missing for every other caller."""
    for file in ROOT.glob("newsletter/cli/*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            named = [alias.name for alias in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
            start = f"{node.module}." if isinstance(node, ast.ImportFrom) else ""
            for name in named:
                assert not BELOW_THE_USE_CASES.match(start + name), f"{file.name}: {start}{name}"


def test_there_is_no_drawer_of_odds_and_ends() -> None:
    assert not {file.stem for file in PACKAGES} & DRAWERS


def test_nothing_is_ever_called_delivered() -> None:
    """Nobody can know what was delivered: a relay accepts, and later perhaps a bounce comes back."""
    # Delivered-To is a field of other people's mail, their reports say what could not, or was to, be delivered, and
    # "delivered" is what mail services call an event.
    for file in [*PACKAGES, *ROOT.glob("templates/**/*.html")]:
        assert not re.search(
            r"(?<!not be )(?<!to be )(?<![\".])\bdelivered\b(?!-to)", file.read_text(encoding="utf-8"), re.IGNORECASE
        ), file


def test_every_address_is_in_a_reserved_domain() -> None:
    reserved = re.compile(r"(^|[.-])(example\.(org|com|net)(\.eml)?|test|example|invalid|localhost)$", re.IGNORECASE)
    address = re.compile(r"[A-Za-z0-9._%+-]+@([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,})\b")
    for file in tracked():
        if file.suffix in (".py", ".md", ".csv", ".html", ".txt", ".toml", ".example", ".smtp", ".mjml"):
            for domain in address.findall(file.read_text(encoding="utf-8", errors="replace")):
                assert reserved.search(domain), f"{file}: {domain}"


def test_no_lock_records_where_a_package_index_is() -> None:
    for lock in ROOT.glob("*.lock"):
        text = lock.read_text()
        assert "://" not in text
        assert "--index" not in text
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", text)


def test_every_word_of_the_architecture_that_names_a_file_names_one_that_is_there() -> None:
    for document in (ROOT / "ARCHITECTURE.md", ROOT / "README.md", ROOT / "CONTRIBUTING.md"):
        for name in re.findall(r"`((?:newsletter|subscribers|templates|tests|docs)/[\w./-]*)`", document.read_text()):
            assert (ROOT / name).exists(), f"{document.name}: {name}"


def test_every_command_is_found_in_the_file_the_catalogue_names() -> None:
    commands: dict[str, str] = {}
    for file in sorted((ROOT / "newsletter" / "cli").glob("*.py")):
        module = import_module(f"newsletter.cli.{file.stem}".removesuffix(".__init__"))
        commands |= {str(command.name): file.stem for command in getattr(module, "COMMANDS", ())}
    assert {name: files[0] for name, files in FILES.items()} == commands
    assert dict(newsletter.commands).keys() == commands.keys()


def test_every_package_that_is_imported_is_declared_and_every_declared_one_is_imported() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = [each for name, extra in project["optional-dependencies"].items() if name != "all" for each in extra]
    declared = {distribution_name(each) for each in [*project["dependencies"], *extras]}
    declared.discard("psycopg")  # SQLAlchemy imports it
    provided = packages_distributions()
    imported: set[str] = set()
    for file in PACKAGES:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [each.name for each in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            imported |= {name.partition(".")[0] for name in names}
    others = imported - sys.stdlib_module_names - {"newsletter", "subscribers"}
    assert {distribution_name(provided[name][0]) for name in others} == declared


def test_the_extra_of_everything_leaves_none_out() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    (everything,) = extras.pop("all")
    assert set(everything.removeprefix("newsletter[").removesuffix("]").split(",")) == extras.keys()


def distribution_name(requirement: str) -> str:
    return re.sub(r"[-_.]+", "-", re.split(r"[^\w.-]", requirement)[0]).lower()


def test_only_what_is_asked_for_is_imported() -> None:
    heavy = "{'sqlalchemy', 'lxml', 'jinja2', 'premailer', 'feedparser', 'mammoth', 'dns', 'babel'}"
    version = "c.newsletter.main(['--version'], standalone_mode=False)"
    script = f"import sys, newsletter.cli as c; {version}; assert not {heavy} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True, capture_output=True)


def test_commands_about_people_load_no_compiler_and_no_relay() -> None:
    heavy = "{'lxml', 'mjml', 'nh3', 'babel', 'python_calamine', 'newsletter.compiler', 'newsletter.transport.relay'}"
    assert loaded_of(heavy, "subscribers", "imports", "tags", "person", "topics", "segments") == ""


def test_commands_that_look_back_and_the_help_of_send_load_only_the_database() -> None:
    heavy = "{'lxml', 'mjml', 'nh3', 'premailer', 'babel', 'jinja2', 'rich', 'yaml', 'uvicorn', 'newsletter.compiler'}"
    assert loaded_of(heavy, "look_back", "person", "send") == ""


def loaded_of(heavy: str, *files: str) -> str:
    """Import these files of `cli` one after the other, and name what of `heavy` is there after each."""
    script = (
        f"import sys\nfor file in {files}: __import__('newsletter.cli.' + file); print(*{heavy} & set(sys.modules))"
    )
    ran = subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True, capture_output=True, text=True)
    return ran.stdout.strip()


def test_every_command_stands_in_a_section_of_the_help() -> None:
    placed = [name for names in SECTIONS.values() for name in names]
    assert set(newsletter.commands) <= set(placed)
    assert len(placed) == len(set(placed))


def test_migrations_form_one_chain_in_the_order_of_their_numbers() -> None:
    before = None
    for file in sorted((ROOT / "newsletter/database/migrations/versions").glob("[0-9]*.py")):
        said = dict(re.findall(r'^(revision|down_revision)(?:: [^=]+)? = "?(\w+)"?', file.read_text(), re.MULTILINE))
        assert (said["revision"], said["down_revision"]) == (file.name[:4], str(before)), file.name
        before = file.name[:4]
