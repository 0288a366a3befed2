"""Keeps one connection to a relay busy, replaces it when it ends, and stops when the relay allows fewer connections.

When a connection drops it connects again, and it keeps trying for a while when that fails.
"""

import asyncio
from contextlib import suppress

from newsletter.errors import RelayRefused, RelaySpent, RelayUnreachable
from newsletter.message import MailObject
from newsletter.transport.connection import Connection
from newsletter.transport.line import Line
from newsletter.transport.opening import open_connection
from newsletter.transport.pool import Pool

_PATIENCE = 3
"""How many connections in a row may fail while the relay answers no mail on the others either."""


async def work(shared: Pool) -> None:
    """Keep one connection of the pool busy, until there is no more to do or the relay allows fewer connections."""
    await _Worker(shared).work()


class _Worker:
    """Keeps one connection busy, and replaces it when it ends."""

    def __init__(self, shared: Pool) -> None:
        self._shared, self._settings, self._outbox = shared, shared.settings, shared.outbox
        self._in_hand: MailObject | None = None
        """The next mail: drawn, and not begun, or begun without effect."""
        self._in_vain = self._pauses = 0
        self._achieved_before = 0
        self._dismissed = False

    async def work(self) -> None:
        try:
            while connection := await self._connected():
                line = Line(self._shared, connection, self._in_hand)
                try:
                    await line.serve()
                finally:
                    self._in_hand, self._dismissed = line.in_hand, line.dismissed
                    self._shared.opened(-1)
                    await connection.gone()
                self._shared.distrust(connection)
                if self._is_dismissed():
                    return
                self._in_hand = self._in_hand or await self._shared.draw()
                if self._in_hand is None:
                    return
                if line.achieved or self._shared.is_left_out:
                    self._pauses = 0
                elif await self._bear(RelayUnreachable(relay=self._settings.name, why="it drops every connection")):
                    return
        finally:
            if self._in_hand is not None:
                self._outbox.returned(self._in_hand)
            if not self._dismissed:
                self._shared.left()

    def _is_dismissed(self) -> bool:
        """Say whether there are more connections than the relay allows; then the pool takes the mail in hand.

        Any worker may be the one too many, because the relay may have told another that it wants fewer connections.
        """
        if not self._dismissed and self._shared.may_go(self._in_hand):
            self._dismissed, self._in_hand = True, None
        return self._dismissed

    async def _connected(self) -> Connection | None:
        while self._in_hand or not self._shared.dry.is_set():
            if await self._shared.stopped_at_rest() or self._is_dismissed():
                return None
            try:
                connection = await open_connection(self._shared.settings, self._shared.tls)
            except (RelayUnreachable, RelayRefused) as trouble:
                if self._shared.open:
                    self._shared.throttle.turned_away(self._shared.open)
                if await self._bear(trouble):
                    return None
            else:
                self._shared.opened(1)
                return connection
        return None

    async def _bear(self, trouble: RelayUnreachable | RelayRefused) -> bool:
        """Wait a little, and say whether the sending was stopped meanwhile; raise `trouble` if there is no hope.

        Trouble ends the sending only if no connection is open, because the relay may just allow fewer connections than
        we want.
        """
        if self._shared.achieved != self._achieved_before:
            self._achieved_before, self._in_vain = self._shared.achieved, 0
        self._in_vain += 1
        self._pauses += 1
        if not self._shared.open and self._is_hopeless(trouble):
            raise trouble
        pause = min(self._settings.first_pause * 2 ** min(self._pauses - 1, 20), self._settings.longest_pause)
        if self._in_hand:
            return await self._outbox.rest(pause)
        with suppress(TimeoutError):
            async with asyncio.timeout(pause):
                await self._shared.dry.wait()
        return False

    def _is_hopeless(self, trouble: RelayUnreachable | RelayRefused) -> bool:
        if isinstance(trouble, RelayRefused):
            return not self._shared.achieved or self._in_vain >= _PATIENCE
        if isinstance(trouble, RelaySpent):
            return True
        silent = asyncio.get_running_loop().time() - self._shared.last_heard
        waits_it_out = self._shared.achieved and silent < self._settings.outage
        return self._in_vain >= _PATIENCE and not waits_it_out
