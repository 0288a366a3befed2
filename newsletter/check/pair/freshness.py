"""Whether a half is still the translation of the other. In: two Halves. Out: findings on that, and on length."""

import hashlib
from collections.abc import Iterator

from newsletter.check.pair.said import found, name_of, place_of
from newsletter.check.pair.units import Half
from newsletter.check.reading import read_for_check
from newsletter.compiled import Finding, Severity

SHOWN = 12
"""Characters of a hash that are written into the front matter."""
LEAST, MOST = 0.6, 1.7
"""The length of the one half by that of the other, beyond which something is likely to be missing."""
_SHORT = 120
"""Letters; of shorter texts, the length says nothing."""


def freshness_findings(first: Half, second: Half) -> Iterator[Finding]:
    """Say whether the original has changed since a half was translated."""
    for half, original in ((first, second), (second, first)):
        said = half.post.translated_from.lower()
        line = half.post.line_of_key("translated_from") or 1
        now = original.post.fingerprint[:SHOWN]
        if said and not _is_hash_of(said, original):
            why = (
                f"the {name_of(original)} has changed since this half was translated from it. Look at what changed in "
                f"{original.name}, bring this half up to date, then put here: translated-from: {now}"
            )
            yield found(half, line, original, original.post.first_line, why)
    if not first.post.translated_from and not second.post.translated_from:
        why = (
            "to be told when one half changes after the other was translated, add to the top of the translation: "
            f"translated-from: {second.post.fingerprint[:SHOWN]} in {first.name}, or translated-from: "
            f"{first.post.fingerprint[:SHOWN]} in {second.name}"
        )
        yield found(first, 1, second, 1, why, Severity.NOTE)


def _is_hash_of(said: str, half: Half) -> bool:
    if len(said) < 6:
        return False
    try:
        as_it_is = hashlib.sha256(half.post.path.read_bytes()).hexdigest()
    except OSError:
        as_it_is = ""
    return half.post.fingerprint.startswith(said) or as_it_is.startswith(said)


def length_findings(first: Half, second: Half) -> Iterator[Finding]:
    """Warn where one half is much shorter than the other."""
    letters = [sum(map(str.isalpha, read_for_check(half.post).root.text_content())) for half in (first, second)]
    if max(letters) < _SHORT or not min(letters):
        return
    ratio = letters[0] / letters[1]
    if LEAST <= ratio <= MOST:
        return
    short, long = (first, second) if ratio < 1 else (second, first)
    share = min(letters) * 100 // max(letters)
    why = (
        f"the {name_of(short)} is only {share} % as long as the {name_of(long)}, which begins on "
        f"{place_of(long, long.post.first_line)}. Look whether something was left out"
    )
    yield found(short, short.post.first_line, long, long.post.first_line, why, Severity.WARNING)
