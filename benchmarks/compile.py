"""How long a post takes to become a mail, as ratios of medians against MJML and premailer alone, in interleaved rounds.

    .venv/bin/python benchmarks/compile.py [--words N] [--rounds N]

In: the number of words. Out: a table. README.md beside this file says how to read it.
"""

import argparse
import logging
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

from mjml import mjml2html
from premailer import Premailer

from newsletter.compiler import Furniture, compile_post, mjml
from newsletter.compiler.inline import inline_css
from newsletter.post import Post, read_post
from newsletter.theme import template_folders

FURNITURE = Furniture("Us", "1 Example Street")
SENTENCE = (
    "The council agreed last night that the bus stays, and asked **all of us** to say so again by [letter]({address}). "
)
PART = """## Part {number}

{words}

- one thing to do before the month is out
- another, at <https://example.org/{number}/another>
- a third

> What was said about it, by somebody who was there.

{more}

| Day | Who | Where |
| --- | --- | --- |
| Monday | Ann | the hall |
| Tuesday | Ben | the quay |

"""


def main() -> None:
    """Run the rounds and print the table."""
    options = _options()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "post.md"
        path.write_text(_post(options.words), encoding="utf-8")
        post = read_post(path)
        ours = _ours(post)
        alone = _alone(post)
        ours(), alone()  # a first call, not measured, loads libraries and templates
        seconds: dict[str, list[float]] = {"mjml-python and premailer alone": [], "the whole compiler": []}
        for _ in range(options.rounds):
            for name, run in zip(seconds, (alone, ours), strict=True):
                seconds[name].append(_timed(run))
        print(f"{len(post.body.split()):,} words, {options.rounds} rounds, processor time")
        _table(seconds)
        print(f"newsletter check --offline, in all: {_checked(path):.2f} s of processor time")


def _ours(post: Post) -> Callable[[], object]:
    return lambda: compile_post(post, FURNITURE, template_folders(None))


def _alone(post: Post) -> Callable[[], object]:
    """Record what our compiler passes to MJML and premailer; return a function that gives both the same input alone."""
    handed: dict[str, str] = {}
    usual = mjml.to_html

    def caught_mjml(source: str, *rest: str) -> str:
        handed["mjml"] = source
        return usual(source, *rest)

    def caught_inline(html: str, css: str) -> str:
        handed.update(article=html, css=css)
        return inline_css(html, css)

    with patch.object(mjml, "to_html", caught_mjml), patch("newsletter.compiler.layout.inline_css", caught_inline):
        compile_post(post, FURNITURE, template_folders(None))

    def alone() -> None:
        frame = str(mjml2html(handed["mjml"], fonts={}))
        page = frame.replace("</body>", f"{handed['article']}</body>")
        Premailer(
            page, css_text=handed["css"], cssutils_logging_level=logging.CRITICAL, allow_network=False
        ).transform()

    return alone


def _timed(run: Callable[[], object]) -> float:
    begun = time.process_time()
    run()
    return time.process_time() - begun


def _table(seconds: dict[str, list[float]]) -> None:
    yardstick = statistics.median(next(iter(seconds.values())))
    print(f"{'':34} {'median':>8} {'ratio':>6} {'least':>6} {'most':>6}")
    for name, took in seconds.items():
        ratios = [each / yardstick for each in (statistics.median(took), min(took), max(took))]
        print(f"{name:34} {statistics.median(took) * 1000:5.0f} ms " + " ".join(f"{each:6.2f}" for each in ratios))


def _checked(post: Path) -> float:
    """Run the real command in a new process, and return its processor time in seconds, as the system counts it."""
    import resource

    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, "-m", "newsletter", "check", "--offline", str(post)],
        cwd=post.parent,
        capture_output=True,
        check=False,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _post(words: int) -> str:
    parts: list[str] = []
    number = 0
    while len(" ".join(parts).split()) < words:
        number += 1
        said = "".join(SENTENCE.format(address=f"https://example.org/{number}/{each}") for each in range(3))
        parts.append(PART.format(number=number, words=said, more=said.replace("**", "*")))
    return "---\ntitle: A long post\n---\n" + "".join(parts)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--words", type=int, default=3000)
    parser.add_argument("--rounds", type=int, default=15)
    return parser.parse_args()


if __name__ == "__main__":
    main()
