"""Welsh words after other words. In: a word. Out: its mutated forms, as in "o Fai", "a thri", "yng Ngorffennaf"."""

from collections.abc import Iterator

_SOFT = {"ll": "l", "rh": "r", "p": "b", "t": "d", "c": "g", "b": "f", "d": "dd", "g": "", "m": "f"}
_NASAL = {"p": "mh", "t": "nh", "c": "ngh", "b": "m", "d": "n", "g": "ng"}
_ASPIRATE = {"p": "ph", "t": "th", "c": "ch"}
_NEVER = ("ch", "th", "ph", "dd", "ff", "ng")
"""Letters of their own that begin like one that changes."""


def forms(word: str) -> Iterator[str]:
    """Yield `word`, in small letters, and what it can become."""
    yield word
    for changes in (_SOFT, _NASAL, _ASPIRATE):
        for first in (word[:2], word[:1]):
            if first in _NEVER:
                break
            if first in changes:
                yield changes[first] + word[len(first) :]
                break
