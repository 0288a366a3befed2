"""What a spam filter makes of a mail. In: the bytes of a whole message. Out: one finding, with what costs most.

It asks SpamAssassin if that is installed: without the network, without a user's own settings, and with a time limit.
For real filters a sender's reputation weighs more than words; a high score is a reason to look, not to despair.
"""

import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass

from newsletter.compiler import Finding, Severity

WORTH_A_LOOK = 1.0
"""Points from which a mail is worth a second look; a good mail has fewer."""
SPAM = 5.0
"""Points from which SpamAssassin, with its default settings, calls a mail spam."""
PATIENCE = 30.0
"""Seconds to wait for its answer."""

_RULE = re.compile(r"^ ?(-?\d+\.\d)\s+([A-Z0-9_]+)\s+(\S.*)$")
_TOTAL = re.compile(r"\((-?\d+\.\d) points, ")
_TABLE = "Content analysis details:"
_MOST_NAMED = 3
_IN_WORDS = (
    ("HTML_IMAGE_ONLY", "it is nearly all pictures"),
    ("HTML_IMAGE_RATIO", "it has large pictures and few words"),
    ("HTML_FONT_LOW_CONTRAST", "some text has nearly the colour behind it"),
    ("HTML_SHORT_LINK_IMG", "it is a link and a picture, and nearly no words"),
    ("SUBJ_ALL_CAPS", "the subject is in capitals"),
    ("UPPERCASE", "much of it is in capitals"),
    ("DEAR_FRIEND", "it begins with “Dear friend”, as frauds do"),
    ("HK_SCAM", "it reads like a fraud"),
    ("MILLION", "it names large sums of money"),
    ("LOTS_OF_MONEY", "it names large sums of money"),
    ("ADVANCE_FEE", "it reads like somebody with a fortune to share"),
    ("URI_PHISH", "a link looks like fraud"),
    ("END_FUTURE_EMAILS", "the words about unsubscribing are the ones that advertisers use"),
    ("MIME_HTML_ONLY", "it has no text part"),
    ("MISSING_", "a header is missing"),
)


@dataclass(frozen=True, slots=True)
class Score:
    """The total of a mail, and the rules that made it: of each its points, its name, its description."""

    points: float
    rules: tuple[tuple[float, str, str], ...]


def spam_finding(message: bytes, program: str = "spamassassin", patience: float = PATIENCE) -> Finding:
    """Ask `program` about `message`. The finding is a note if all is well, or if `program` could not be asked."""
    found = shutil.which(program)
    if found is None:
        why = "no spam score: SpamAssassin is not installed here (apt-get install spamassassin)"
        return Finding(Severity.NOTE, why)
    try:
        said = _asked(found, message, patience)
    except subprocess.TimeoutExpired:
        return Finding(Severity.NOTE, f"no spam score: SpamAssassin took longer than {patience:g} seconds")
    except OSError as error:
        return Finding(Severity.NOTE, f"no spam score: SpamAssassin cannot be started: {error.strerror}")
    score = read_report(said)
    if score is None:
        return Finding(Severity.NOTE, "no spam score: the answer of SpamAssassin cannot be read")
    return _finding(score)


def read_report(said: str) -> Score | None:
    """Read the table that SpamAssassin puts below a message; None if there is none."""
    # The last table is SpamAssassin's: the mail itself stands above it, and may hold such words too.
    _, table, below = said.rpartition(_TABLE)
    total = _TOTAL.search(below) if table else None
    if total is None:
        return None
    rules: list[tuple[float, str, str]] = []
    for line in below.split("\n"):
        rule = _RULE.match(line)
        if rule:
            rules.append((float(rule[1]), rule[2], rule[3].strip()))
        elif rules and line.startswith(" " * 20) and line.strip():
            points, name, words = rules.pop()
            rules.append((points, name, f"{words} {line.strip()}"))
    return Score(float(total[1]), tuple(sorted(rules, key=lambda each: -each[0])))


def _asked(program: str, message: bytes, patience: float) -> str:
    with tempfile.TemporaryDirectory(prefix="newsletter-") as nowhere:
        # With an empty home, because what one user's filter has learnt says nothing about other filters.
        environment = {"PATH": os.environ.get("PATH", os.defpath), "HOME": nowhere, "LC_ALL": "C"}
        done = subprocess.run(  # noqa: S603 (found by its name, and given a message on stdin, nothing else)
            [program, "--local", "--test-mode", "--nocreate-prefs"],
            input=message,
            capture_output=True,
            timeout=patience,
            env=environment,
            cwd=nowhere,
            check=False,
        )
    return done.stdout.decode("utf-8", "replace")


def _finding(score: Score) -> Finding:
    costly = [rule for rule in score.rules if rule[0] > 0][:_MOST_NAMED]
    why = "; ".join(f"{_in_words(name, words)} ({points:g})" for points, name, words in costly)
    said = f"the spam score of this email (by SpamAssassin) is {score.points:g}"
    if score.points < WORTH_A_LOOK:
        return Finding(Severity.NOTE, f"{said}. It counts as spam from {SPAM:g} on: nothing to worry about")
    if score.points < SPAM:
        return Finding(Severity.WARNING, f"{said}. It counts as spam from {SPAM:g} on. What adds most: {why}")
    return Finding(Severity.WARNING, f"{said}, so it counts as spam, and many would never see it. Change this: {why}")


def _in_words(name: str, description: str) -> str:
    known = next((words for start, words in _IN_WORDS if name.startswith(start)), "")
    said = re.sub(r"^(?:BODY|URI|RAW|FULL|META): ", "", description)
    return known or (f"“{said}”" if not said.startswith("No description") else f"its rule {name}")
