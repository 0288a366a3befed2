"""A post in Welsh and English: what is the same in other words passes, and what differs is named with both lines."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from newsletter.check.pair import pair_findings
from newsletter.compiled import Finding, Severity
from newsletter.post import read_post

PAIRS = Path(__file__).parent / "pairs"
Pair = tuple[str, str]


def true_pairs() -> dict[str, Pair]:
    """Read the pairs that say the same, by name."""
    text = (PAIRS / "true.txt").read_text(encoding="utf-8")
    found = {}
    for chunk in re.split(r"^=== ", text, flags=re.MULTILINE)[1:]:
        name, _, rest = chunk.partition("\n")
        _, welsh, english = re.split(r"^--- (?:cy|en)\n", rest, flags=re.MULTILINE)
        found[name] = welsh, english
    return found


def faults() -> Iterator[tuple[str, str, str, str]]:
    """Read the changes that make a true pair untrue: its name, the half, what is replaced, and by what."""
    text = (PAIRS / "faults.txt").read_text(encoding="utf-8")
    for chunk in re.split(r"^=== ", text, flags=re.MULTILINE)[1:]:
        head, _, rest = chunk.partition("\n")
        name, half = head.split()
        old, new = re.split(r"^--> ?", rest, maxsplit=1, flags=re.MULTILINE)
        yield name, half, old.removesuffix("\n"), new.removesuffix("\n")


@pytest.fixture
def compared(tmp_path: Path) -> Callable[[str, str], list[Finding]]:
    """List what is found between two halves, but for notes."""

    def found(welsh: str, english: str) -> list[Finding]:
        for language, half in (("cy", welsh), ("en", english)):
            (tmp_path / f"post.{language}.md").write_text(half, encoding="utf-8")
        findings = pair_findings(read_post(tmp_path / "post.en.md"))
        return [finding for finding in findings if finding.severity is not Severity.NOTE]

    return found


def test_thirty_true_pairs_pass(compared: Callable[[str, str], list[Finding]]) -> None:
    pairs = true_pairs()
    assert len(pairs) >= 30
    assert {name: found for name, pair in pairs.items() if (found := compared(*pair))} == {}


def test_one_fault_in_a_true_pair_is_refused_with_the_line_of_both_halves(
    compared: Callable[[str, str], list[Finding]],
) -> None:
    pairs, tried = true_pairs(), 0
    for name, half, old, new in faults():
        welsh, english = pairs[name]
        source = welsh if half == "cy" else english
        assert old in source, f"{name}: {old!r} is not in it"
        changed = source.replace(old, new, 1)
        errors = [
            each
            for each in compared(*((changed, english) if half == "cy" else (welsh, changed)))
            if each.severity is Severity.ERROR
        ]
        assert errors, f"{name}: {old!r} became {new!r}, and nobody noticed"
        for error in errors:
            assert error.line
            assert error.file
            assert error.partner
            assert error.file != error.partner[0]
            assert {error.file.name, error.partner[0].name} == {"post.cy.md", "post.en.md"}
            # The sentence itself names the other line, for who reads no file and line beside it.
            assert (
                f"line {error.partner[1]} of {error.partner[0].name}" in error.message
                or "translated-from" in error.message
            )
        tried += 1
    assert tried >= 60


def line_with(text: str, words: str) -> int:
    return next(number for number, line in enumerate(text.split("\n"), start=1) if words in line)


def test_the_lines_named_are_those_of_the_words(compared: Callable[[str, str], list[Finding]]) -> None:
    welsh, english = true_pairs()["table"]
    changed = english.replace("14:45", "14:55")
    (error,) = compared(welsh, changed)
    assert error.file
    assert error.partner
    assert (error.file.name, error.line) == ("post.cy.md", line_with(welsh, "2.45yp"))
    assert error.partner[1] == line_with(changed, "14:55")
    assert error.message.startswith("the time differs: “2.45yp” in the Welsh, “14:55” in the English")


def test_a_half_that_is_stale_is_refused_until_its_hash_is_renewed(
    compared: Callable[[str, str], list[Finding]], tmp_path: Path
) -> None:
    welsh, english = true_pairs()["meeting"]
    compared(welsh, english)
    halves = read_post(tmp_path / "post.cy.md").halves
    fresh = welsh.replace("title:", f"translated-from: {halves[1].fingerprint[:12]}\ntitle:", 1)
    assert compared(fresh, english) == []
    (stale,) = compared(fresh, english.replace("ring Gareth", "phone Gareth"))
    assert stale.severity is Severity.ERROR
    assert stale.line == 2
    now = re.search(r"translated-from: ([0-9a-f]{12})", stale.message)
    assert now
    assert (
        compared(re.sub("from: [0-9a-f]+", f"from: {now[1]}", fresh), english.replace("ring Gareth", "phone Gareth"))
        == []
    )


def test_a_half_that_is_much_shorter_is_a_warning(compared: Callable[[str, str], list[Finding]]) -> None:
    welsh, english = true_pairs()["meeting"]
    more = english.rstrip() + " " + "We would be glad of your company, of your ideas and of your cakes. " * 6
    (finding,) = compared(welsh, more)
    assert finding.severity is Severity.WARNING
    assert "as long as the English" in finding.message
