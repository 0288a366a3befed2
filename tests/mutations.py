"""Defences taken out one by one, each with the test that must be red without it.

    python -m tests.mutations           all of them
    python -m tests.mutations WORD…     those whose sentence contains every word

Each is tried in a copy of the checkout. Where the code stands does not matter, only that it stands in one place; a
defence whose words are not found has changed, and its mutation must be written anew.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

CHECKOUT = Path(__file__).parents[1]
CODE = ("newsletter", "subscribers", "templates")
TEST_FAILED = 1
"""The exit code of pytest where a test failed; another one says that none was run, or that pytest itself failed."""


@dataclass(frozen=True)
class Mutation:
    """What is taken out, and the test that sees it."""

    sentence: str
    """What the code does then."""
    text: str
    instead: str
    test: str
    only: str = ""
    """An expression that chooses among the tests, as -k takes it."""


MUTATIONS = (
    Mutation(
        "A dot leaves before its mark is written",
        "        send_log.mark_dotted(connection, self.sender, self._waiting(), self._unsure)\n",
        "",
        "tests/faults/test_f02_kill_at_a_point.py",
        "sqlite and answered",
    ),
    Mutation(
        "A mark is written after the dot, and a killed send writes to its recipients again",
        "        send_log.mark_dotted(connection, self.sender, self._waiting(), self._unsure)\n",
        "",
        "tests/faults/test_f01_kill_at_random.py",
        "sqlite-8",
    ),
    Mutation(
        "A signature is not compared",
        "    return any([hmac.compare_digest(signature, known) for known in signatures])",
        "    return True or any([hmac.compare_digest(signature, known) for known in signatures])",
        "tests/hostile/test_s27_forged_reports.py",
        "suppresses_anybody",
    ),
    Mutation(
        "Every request for an address is mailed",
        """\
    mailbox, day = mailbox_of(request.address), f"{at.astimezone(UTC):%Y-%m-%d}"
    lately = (
        (requests.c.address == request.address) & (requests.c.at > at - DAY) & (requests.c.asked != RequestKind.MOVED)
    )
    if connection.scalar(select(requests.c.id).where(lately).limit(1)) is not None:
""",
        """\
    mailbox, day = mailbox_of(request.address), request.network[-10:]
    if False:
""",
        "tests/hostile/test_s07_mail_bombing.py",
        "any_number and sqlite",
    ),
    Mutation(
        "Pages do not escape what was typed",
        'autoescape=select_autoescape(disabled_extensions=("css", "txt"), default=True, default_for_string=True)',
        "autoescape=False",
        "tests/hostile/test_s15_pages.py",
        "runs_on_any_page or organiser_has_written or in_a_report",
    ),
    Mutation(
        "A path may lead out of the folder of the post",
        """\
    if ".." in names or path.startswith(("/", "\\\\")) or (names and names[0][1:2] == ":"):
        return Refusal(f"“{path}” is outside the folder of the post. Put the file beside the post", elsewhere=True)
    if not names or any(name.startswith(".") for name in names) or len(names) > _DEEPEST or "\\0" in path:
""",
        """\
    if not names or len(names) > _DEEPEST or "\\0" in path:
""",
        "tests/hostile/test_s19_published_files.py",
        "no_path_leads_out",
    ),
    Mutation(
        "A link may run a script",
        '        url_schemes={"http", "https", "mailto", "tel"},\n',
        '        url_schemes={"http", "https", "mailto", "tel", "javascript", "data"},\n',
        "tests/hostile/test_s16_post_html.py",
        "nothing_but_words",
    ),
    Mutation(
        "A page may be kept by a cache",
        '    b"x-robots-tag": b"noindex, nofollow",\n    b"cache-control": b"no-store",\n',
        '    b"x-robots-tag": b"noindex, nofollow",\n',
        "tests/hostile/test_s28_leaks.py",
        "every_answer and sqlite",
    ),
    Mutation(
        "A long word makes a page scroll sideways",
        "max-width: 600px; font: 17px/27px {{ font.body }}; color: var(--text); overflow-wrap: anywhere; }",
        "max-width: 600px; font: 17px/27px {{ font.body }}; color: var(--text); }",
        "tests/newsletter/test_archive_in_a_browser.py",
        "no_page_of_the_archive",
    ),
    Mutation(
        "A mail is wider than a phone",
        "word-break: break-word; overflow-wrap: break-word; ",
        "min-width: 420px; ",
        "tests/newsletter/compiler/test_browser.py",
        "scrolls_sideways and posts",
    ),
    Mutation(
        "What a dead worker had begun to send is offered again",
        "state=case((table.dotted, State.UNCERTAIN.value), else_=State.QUEUED.value),",
        "state=State.QUEUED.value,",
        "tests/faults/test_machines.py",
        "m01",
    ),
    Mutation(
        "No worker takes over from one that hangs",
        "or_(is_dead, silent)",
        "is_dead",
        "tests/faults/test_machines.py",
        "m02",
    ),
    Mutation(
        "A standby that took over sends at once",
        "    if not is_home(connection):\n        raise AwayFromHome(why=WHY)",
        "    pass",
        "tests/faults/test_m13_restored.py",
        "standby",
    ),
)


def main(words: Sequence[str]) -> int:
    """Try each, say how it went, and return 1 if a test was not red."""
    chosen = [each for each in MUTATIONS if all(word.lower() in each.sentence.lower() for word in words)]
    ways = [(each, tried(each)) for each in chosen]
    return 0 if chosen and all(way == "red" for _, way in ways) else 1


def tried(mutation: Mutation) -> str:
    """Run the test on a copy without the defence; return, and print, "red" or what it was instead."""
    with TemporaryDirectory() as folder:
        copy = Path(folder) / "checkout"
        shutil.copytree(CHECKOUT, copy, ignore=shutil.ignore_patterns(".*", "__pycache__"))
        files = places(copy, mutation.text)
        if len(files) != 1:
            way = f"not tried: its words stand in {len(files)} places"
        else:
            text = files[0].read_text(encoding="utf-8")
            files[0].write_text(text.replace(mutation.text, mutation.instead), encoding="utf-8")
            way = "red" if _run(copy, mutation) == TEST_FAILED else "GREEN, or not run"
    print(f"{way}: {mutation.sentence} ({mutation.test})", flush=True)
    return way


def places(checkout: Path, text: str) -> list[Path]:
    """List the files of code in which `text` stands."""
    files = (file for folder in CODE for file in sorted((checkout / folder).rglob("*")) if file.is_file())
    return [file for file in files if text.encode() in file.read_bytes()]


def _run(checkout: Path, mutation: Mutation) -> int:
    chosen = ["-k", mutation.only] if mutation.only else []
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *chosen, mutation.test]
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    return subprocess.run(command, cwd=checkout, env=environment, stdout=subprocess.DEVNULL, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
