"""What organisers read is plain English: no German grammar, no states of tables, no chains of semicolons.

It reads the messages of exceptions, the help of settings and commands, the findings of `check` and `doctor`, the
messages of the pages and emails, and the docs. Code in backquotes is left out.
"""

import ast
import inspect
import pkgutil
import re
from collections.abc import Iterator
from dataclasses import fields
from importlib import import_module
from pathlib import Path

import click

import newsletter as program
import subscribers
from newsletter.cli import newsletter
from newsletter.settings import Settings, variable
from subscribers.errors import Explained
from tests.generated_docs import ROOT, furniture

EVERYWHERE = {
    r"who(?:so)?ever|whom(?:ever)?": "name them: readers, people who …, the person",
    r"so many|so much as|no more than so": "say the number, or “that many”",
    r"in the place of": "“instead of”",
    r"what became of": "say who got it and who did not",
    r"stands? (?:in|at|below|above|for|there|beside|by|between|before|on)|must stand|cannot stand": "“is”, “is shown”",
    r"nobody is lost|sums? hold|balances?": "“nobody has been missed”, “everybody is accounted for”",
    r"takes? us for|take it for|for want of|for (?:his|their) sake": "“thinks that we are”, “because”",
    r"(?:^|(?<=[:;,.] ))who (?:has|have|hears?|cannot|gets?|writes?|leaves?|left|sees?|jumps?)": "who? “People who …”",
    r"says? nothing to who|to who\b|from who\b": "“to people who …”",
    r"see to it|see that": "say the command, or what to type",
    r"must be looked at|look whether|to be looked at": "“check that …”",
    r"lists? those there are|names? those there are|there is one of": "“shows your …”",
    r"have (?:nobody|an issue|it) (?:else )?(?:get|go|be)": "verb first: “Stop …”",
    r"anew|of late|mere|hardly a|by what it holds": "“again”, “only”, “nearly no”",
    r"let go|off the list|takes? (?:it|them) back": "“unsubscribe”, “undo”",
}
"""Kinds A, C and E: grammar that is not English, and advice that names no action; each with what to write instead."""

ON_THE_SCREEN = {
    r"relays?": "“your mail server”",
    r"put (?:it|that|this|them) right": "say the command, or what to type",
    r"mails?(?! (?:server|program|provider)|\.…)": "“email”",
    r"pending|withdrawn|deferred|deferral|dotted|frozen|freezes?|handed back": "the label of the state, not its name",
    r"jitter|octets?|compare-and-set|transcript": "nothing, or “bytes”",
    r"RFC \d+": "nothing: only docs name RFCs",
}
"""Kinds C and D, for messages and help: docs for operators may name them."""

CHAIN = re.compile(r";[^.?!;]*;")
"""Kind F: three facts in one sentence."""
CHAIN_OF_SEMICOLONS = "a chain of semicolons"

STILL_THERE: dict[str, str] = {}
"""The faults that are known and not yet mended, by place. Take them out when you mend them; the test asks for it."""


def test_what_organisers_read_is_plain_english() -> None:
    found: dict[str, dict[str, str]] = {}
    for place, text, on_the_screen in _texts():
        for fault in _faults(text, on_the_screen):
            found.setdefault(place, {})[fault.partition(" → ")[0]] = fault
    known = {(place, words) for place, several in STILL_THERE.items() for words in several.split(", ")}
    there = {(place, words) for place, several in found.items() for words in several}
    assert not sorted(f"{place}: {found[place][words]}" for place, words in there - known)
    assert not known - there, "these are mended: take them out of STILL_THERE"


def test_each_kind_of_fault_is_seen() -> None:
    for sentence in (
        "At most so many messages a second.",
        "Where bounces go: it stands in every footer.",
        "Find out what became of the uncertain.",
        "No alt text: who cannot see it misses it.",
        "The relay takes no more.",
        "It is a mail.",
        "All are pending.",
        "Put it right, then resume.",
        "It is red; it is round; take it.",
    ):
        assert [*_faults(sentence, True)], sentence
    assert not [*_faults("Your mail server is `relay`, and people who asked get an email; see “so `many`”.", True)]


def _faults(text: str, on_the_screen: bool) -> Iterator[str]:
    """Yield each fault in `text`: the words as they are there, and what to write instead."""
    plain = re.sub(r"```.*?```|`[^`]*`|\{[^{}]*\}|https?:\S+|\(relay\)", "…", text, flags=re.DOTALL)
    for words, instead in {**EVERYWHERE, **(ON_THE_SCREEN if on_the_screen else {})}.items():
        for match in re.finditer(rf"(?<![\w-])(?:{words})(?![\w-])", plain, re.IGNORECASE):
            yield f"{match[0].strip(' .:;,').lower()} → {instead}"
    if on_the_screen and CHAIN.search(plain):
        yield f"{CHAIN_OF_SEMICOLONS} → short sentences"


def _texts() -> Iterator[tuple[str, str, bool]]:
    """Yield each text with its place, and whether it is for the screen."""
    yield from ((place, text, True) for place, text in (*_messages(), *_helps(), *_findings()))
    yield from (("messages.pot", str(message.id), False) for message in furniture())
    for file in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))):
        if file.name not in _OTHERWISE:
            text = re.sub(r"```.*?```", "", file.read_text(encoding="utf-8"), flags=re.DOTALL)
            yield file.name, " ".join(text.split()), False


_OTHERWISE = ("commands.md", "settings.md")
"""Docs left out: the help of commands and settings is read above."""


def _messages() -> Iterator[tuple[str, str]]:
    for kind in _errors():
        yield kind.__name__, " ".join(inspect.cleandoc(kind.__doc__ or "").split())


def _helps() -> Iterator[tuple[str, str]]:
    for known in fields(Settings):
        yield variable(known.name), known.metadata["help"]
    for name, command in _commands(newsletter, "newsletter"):
        yield name, " ".join((command.help or "").split())
        yield from ((name, getattr(each, "help", None) or "") for each in command.params)


def _findings() -> Iterator[tuple[str, str]]:
    for folder in ("check", "doctor"):
        for file in sorted((ROOT / "newsletter" / folder).glob("*.py")):
            yield from ((f"{folder}/{file.name}", text) for text in _sentences(file))


def _errors() -> list[type[Explained]]:
    for package in (program, subscribers):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if ".migrations" not in module.name and not module.name.endswith("__main__"):
                import_module(module.name)
    found, seen = [Explained], set[type[Explained]]()
    while found:
        kind = found.pop()
        seen.add(kind)
        found += kind.__subclasses__()
    return sorted((kind for kind in seen if not kind.__module__.startswith("tests")), key=lambda kind: kind.__name__)


def _commands(command: click.Command, name: str) -> Iterator[tuple[str, click.Command]]:
    yield name, command
    if isinstance(command, click.Group):
        for each in sorted(command.commands):
            yield from _commands(command.commands[each], f"{name} {each}")


def _sentences(file: Path) -> Iterator[str]:
    """Yield the strings of a file that are sentences: two spaces or more, no docstring, no pattern."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    skipped = {id(each.value) for each in ast.walk(tree) if isinstance(each, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            skipped |= {id(part) for part in node.values}
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in skipped:
            text = node.value
            yield text if text.count(" ") > 1 and not re.search(r"\\|\||\(\?", text) else ""
