"""Carries merge gaps through tools that would spoil them. In: text with gaps. Out: the same, with plain words for gaps.

MJML, premailer and lxml rewrite what is not a plain word, above all in an href. So each gap travels as a word of
letters and digits that occurs nowhere in the post, and becomes a gap again at the end.
"""

import re
from collections.abc import Collection
from dataclasses import replace

from newsletter.errors import CompileError
from newsletter.merge import LINKS, PERSON, MergeTag, split


class Gaps:
    """The gaps of one mail, and the words they travel as; the same for the same post."""

    def __init__(self, nonce: str, fields: Collection[str]) -> None:
        self._nonce = f"g{nonce}x"
        self.article = f"a{nonce}x"  # where the article goes, in the layout
        self.second_article = f"b{nonce}x"  # where that of the second language goes
        self._known = {*PERSON, *LINKS, *fields}
        self._tags: list[MergeTag] = []
        self._word = re.compile(f"{self._nonce}([0-9]+)x")

    def disguise(self, text: str) -> str:
        """Replace every gap of `text` by the word it travels as."""
        return "".join(piece if isinstance(piece, str) else self._disguised(piece) for piece in split(text))

    def reveal(self, text: str) -> str:
        """Turn the words back into gaps."""
        return self._word.sub(lambda match: str(self._tags[int(match[1])]), text)

    def gap(self, name: str, fallback: str = "") -> str:
        """Open a gap in a template: ``{{ gap("unsubscribe_url") }}``."""
        if name not in self._known:
            known = ", ".join(sorted(self._known))
            raise CompileError(path="a template", why=f'gap("{name}") is none a mail can fill; it can fill {known}')
        return self._disguised(MergeTag(name, fallback))

    def opening(self, href: str) -> MergeTag | None:
        """Return the gap that `href` begins with, if any."""
        match = self._word.match(href)
        return self._tags[int(match[1])] if match else None

    def within(self, text: str) -> MergeTag | None:
        """Return the first gap in `text`, if any."""
        match = self._word.search(text)
        return self._tags[int(match[1])] if match else None

    def in_address(self, address: str) -> str:
        """Percent-encode what fills a gap within `address`; a gap that begins it holds a whole address and stays."""
        opened = len(match[0]) if (match := self._word.match(address)) else 0

        def quoted(match: re.Match[str]) -> str:
            return self._disguised(replace(self._tags[int(match[1])], in_address=True))

        return address[:opened] + self._word.sub(quoted, address[opened:])

    def _disguised(self, tag: MergeTag) -> str:
        if tag not in self._tags:
            self._tags.append(tag)
        return f"{self._nonce}{self._tags.index(tag)}x"
