"""Judges a folder of real posts: python -m tests.quality FOLDER [-v] [--browser] [--theme NAME …]

In: files of any kind that `post add` takes; NAME_expected.html beside NAME_source.html says what its article is. Out: a
line for every post, a line of figures, and exit code 1 where a number of the table is not met. Nothing is fetched.
"""

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import mean

from tests.quality import in_a_browser
from tests.quality.judge import RULES, Case, f1, html_words, in_order, text_words
from tests.quality.making import Refusal, cases


def main(words: list[str]) -> int:
    """Judge what the command line names, and say what it fell short of."""
    options = _options().parse_args(words)
    made = list(_made(options.folder, options.theme))
    posts = [each for each in made if isinstance(each, Case)]
    faults: Counter[str] = Counter()
    for each in made:
        found = _faults(each)
        faults.update(number for number, _ in found)
        _say(each, found, options.verbose)
    if options.browser:
        faults += in_a_browser.judge(posts, print)
    _summary(posts, len(made) - len(posts), faults)
    return 1 if faults else 0


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.quality", description="Judge a folder of real posts.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("-v", "--verbose", action="store_true", help="every post, not only those with faults")
    parser.add_argument(
        "--browser", action="store_true", help="also G3, G4: sideways scrolling, and axe in light and dark"
    )
    parser.add_argument(
        "--theme", nargs="+", default=[""], help="in this theme, or in each of these, instead of its own"
    )
    return parser


def _made(folder: Path, themes: Sequence[str]) -> Iterator[Case | Refusal]:
    files = [folder] if folder.is_file() else sorted(path for path in folder.rglob("*") if path.is_file())
    with tempfile.TemporaryDirectory() as room:
        for path in files:
            if "_expected." not in path.name and path.suffix != ".json":
                yield from cases(path, Path(room), themes)


def _faults(made: Case | Refusal) -> list[tuple[str, str]]:
    if isinstance(made, Refusal):
        return []
    return [(number, fault) for number, rule in RULES.items() for fault in rule(made)]


def _say(made: Case | Refusal, found: list[tuple[str, str]], verbose: bool) -> None:
    if isinstance(made, Refusal):
        print(f"refused  {made.name}: {made.why}")
        return
    if verbose or found:
        kept = (
            [f"{in_order(made.words, part(made)):.4f}" for part in (html_words, text_words)]
            if made.words
            else ["–", "–"]
        )
        print(f"{'faults' if found else 'ok':8} {' '.join(kept)}  {made.name}")
    for number, fault in found:
        print(f"           {number}: {fault}")


def _summary(posts: list[Case], refused: int, faults: Counter[str]) -> None:
    print(f"\n{len(posts)} posts, {refused} refused in words; faults: {dict(faults) or 'none'}")
    known = [each for each in posts if each.words]
    for name, part in (("HTML", html_words), ("text", text_words)):
        shares = [in_order(each.words or (), part(each)) for each in known]
        if shares:
            print(f"words in order, {name} part: least {min(shares):.4f}, mean {mean(shares):.4f}, {len(shares)} posts")
    pages = [
        f1(each.words or (), html_words(each)[len(each.post.title.split()) :])
        for each in known
        if "_source." in each.name
    ]
    if pages:
        print(f"word F1 of {len(pages)} pages: least {min(pages):.3f}, mean {mean(pages):.3f}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
