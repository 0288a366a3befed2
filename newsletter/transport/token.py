"""A token instead of a password (XOAUTH2): the organiser's command prints it, and is run again when it is old.

The command is run without a shell. What it prints goes onto the wire and nowhere else: into no log, no error, no repr.
"""

import asyncio
import re
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from subprocess import DEVNULL, PIPE

SECONDS = 30.0
"""How long the command may take."""
FRESH_SECONDS = 45 * 60.0
"""How long we use one token at most; most tokens are valid for an hour."""

_MOST_OCTETS = 16384
_TOKEN = re.compile(rb"[!-~]{1,8000}")


class NoToken(Exception):
    """The command gave none; the text says why, and nothing of what it printed."""


@dataclass
class TokenCommand:
    """The command (`words`: its program and arguments), and the token that it printed last."""

    words: tuple[str, ...] = field(repr=False)
    seconds: float = SECONDS
    ticks: Callable[[], float] = time.monotonic
    _token: str = field(default="", init=False, repr=False)
    _given_at: float = field(default=0.0, init=False)

    async def token(self) -> str:
        """Return a token; run the command if there is no fresh one. Raises NoToken."""
        if not self._token or self.ticks() - self._given_at > FRESH_SECONDS:
            self._token = await self._asked()
            self._given_at = self.ticks()
        return self._token

    def forget(self, token: str) -> None:
        """Note that the relay refused `token`; it is not used again."""
        if token == self._token:  # another connection may already have fetched a newer one
            self._token = ""

    async def _asked(self) -> str:
        try:
            process = await asyncio.create_subprocess_exec(*self.words, stdin=DEVNULL, stdout=PIPE, stderr=DEVNULL)
        except OSError as error:
            raise NoToken(f"it cannot be started ({error.strerror})") from None
        try:
            async with asyncio.timeout(self.seconds):
                assert process.stdout is not None
                printed = await _all_of(process.stdout)
                code = await process.wait()
        except TimeoutError:
            raise NoToken(f"it took longer than {self.seconds:g} s") from None
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        if code:
            raise NoToken(f"it ended with {code}; run it yourself to see why")
        if not _TOKEN.fullmatch(printed.strip()):
            raise NoToken("what it printed is not one token on one line")
        return printed.strip().decode("ascii")


async def _all_of(printed: asyncio.StreamReader) -> bytes:
    try:
        return await printed.readexactly(_MOST_OCTETS)
    except asyncio.IncompleteReadError as ended:  # the normal case: the output ended before the limit
        return ended.partial
