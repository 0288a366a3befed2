"""Words, counted and compared. In: text of any language. Out: how many words, and its letters alone."""

import re

_WIDE = re.compile("[\u2e80-\u9fff\uac00-\ud7af]+")


def count_of(words: str) -> int:
    """Count words; in a script without spaces every two letters count as one."""
    apart = len(words.split())
    return apart if words.isascii() else max(apart, sum(map(len, _WIDE.findall(words))) // 2)


def letters_of(words: str) -> str:
    """Reduce words to their letters and digits, in lower case, to compare them however they are printed."""
    return re.sub(r"\W+", "", words).lower()
