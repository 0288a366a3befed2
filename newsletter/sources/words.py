"""Words, counted and compared. In: text of any language. Out: how many words, and its letters alone."""

import re


def count_of(words: str) -> int:
    """Count words; where a language writes none apart, every two letters count as one."""
    wide = sum(1 for letter in words if "\u2e80" <= letter <= "\u9fff" or "\uac00" <= letter <= "\ud7af")
    return max(len(words.split()), wide // 2)


def letters_of(words: str) -> str:
    """Reduce words to their letters and digits, in small letters: what is the same in print and on the screen."""
    return re.sub(r"\W+", "", words).lower()
