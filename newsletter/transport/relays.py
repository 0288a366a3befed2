"""Several relays as one Transport: each takes its share, and when one fails the others take over its mails.

A relay of weight 0 stands by: it takes mail only while no other relay does. A relay that says that we have sent enough
for now is left out, and the mails that it declined go to another relay, as long as there is one. Any other answer that
stops the issue stops it for all relays.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from newsletter.errors import NewsletterError, RelayRefused, RelaySpent, RelayUnreachable
from newsletter.message import MailObject
from newsletter.policy.reply import Reply
from newsletter.transport import Judged, Leave, Outbox, Standstill
from newsletter.transport.relay import Relay

LEAD = 8
"""How many mails a relay may be ahead of its share, times its weight."""
PATIENCE = 1.0
"""How many seconds a relay that is ahead waits for a slower one before each mail; then it goes on."""
_LOOK_AGAIN = 0.05

_log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Member:
    """One of several relays; `weight` is its share of the mails, 0: only while no other relay takes any."""

    relay: Relay
    weight: int = 1


class Relays:
    """A Transport to several relays."""

    def __init__(self, members: Sequence[Member]) -> None:
        self._members = tuple(members)

    async def transmit(self, outbox: Outbox) -> None:
        """Hand over what `outbox` hands out, as Transport.transmit promises.

        Raises the trouble of one relay when all have failed.
        """
        left = self._members
        while True:
            round_ = _Round(left, outbox)
            troubles = await round_.run()
            left = tuple(member for member in left if member not in troubles)
            for trouble in troubles.values():
                if not left:
                    raise trouble
                _log.warning("%s The other relays go on.", trouble)
            if not (troubles or round_.left_over):
                return

    @property
    def standstill(self) -> Standstill | None:
        """Why all relays are left alone now, by the one that is back first; None: at least one is not left alone."""
        told = [member.relay.standstill for member in self._members if member.weight]
        waiting = [each for each in told if each is not None]
        return min(waiting, key=lambda each: each.seconds) if waiting and len(waiting) == len(told) else None


class _Round:
    """The relays at work, until there is nothing more to draw or all of them have failed."""

    def __init__(self, members: Sequence[Member], outbox: Outbox) -> None:
        self._members = members
        self._outbox = outbox
        self._troubles: dict[Member, NewsletterError] = {}
        self._at_work = set(members)
        self.left_over = False
        """Whether a relay that was being left alone gave its mail back, because the others had finished."""
        self.drawn = dict.fromkeys(members, 0)

    async def run(self) -> dict[Member, NewsletterError]:
        trouble: BaseException | None = None
        try:
            async with asyncio.TaskGroup() as group:
                for member in self._members:
                    group.create_task(self._employ(member))
        except BaseExceptionGroup as troubles:
            trouble = troubles.exceptions[0]
        if trouble:
            raise trouble
        return self._troubles

    async def _employ(self, member: Member) -> None:
        try:
            await member.relay.transmit(_Share(self, member, self._outbox))
            if member.relay.is_spent and self.others_go_on(member):
                self._troubles[member] = RelaySpent(relay=member.relay.name, why=f"it said “{member.relay.why}”")
        except (RelayUnreachable, RelayRefused) as trouble:
            self._troubles[member] = trouble
        finally:
            self._at_work.discard(member)

    def others_have_finished(self, member: Member) -> bool:
        """Say whether only `member` is still at work, and another relay ended because there was no more to draw."""
        return self._at_work == {member} and len(self._troubles) < len(self._members) - 1

    def others_go_on(self, member: Member) -> bool:
        """Say whether a relay other than `member` may still take mail."""
        others = [each for each in self._members if each is not member and each not in self._troubles]
        return any(not each.relay.is_spent for each in others)

    def is_turn_of(self, member: Member) -> bool:
        """Say whether `member` may draw now: it is not too far ahead of its share, or it stands by and is needed."""
        active = [each for each in self._at_work if each.weight and each.relay.is_awake and not each.relay.is_spent]
        if not member.weight:
            return not active
        least = min((self.drawn[each] / each.weight for each in active), default=0.0)
        return self.drawn[member] / member.weight < least + LEAD


class _Share:
    """The outbox as one of the relays sees it."""

    def __init__(self, round_: _Round, member: Member, outbox: Outbox) -> None:
        self._round, self._member, self._outbox = round_, member, outbox
        self._cut_short = False

    @property
    def _is_left_out(self) -> bool:
        return self._member.relay.is_spent and self._round.others_go_on(self._member)

    async def rest(self, seconds: float) -> bool:
        while seconds > 0 and not self._cut_short:
            self._cut_short = self._round.others_have_finished(self._member)
            step = min(seconds, _LOOK_AGAIN if self._cut_short else PATIENCE)
            seconds -= step
            if await self._outbox.rest(step):
                return True
        return self._cut_short

    async def draw(self) -> MailObject | None:
        patience = PATIENCE
        if self._is_left_out:
            return None
        while not self._round.is_turn_of(self._member) and (patience > 0 or not self._member.weight):
            patience -= _LOOK_AGAIN
            if await self._outbox.rest(_LOOK_AGAIN):
                return None
        return self._counted(await self._outbox.draw())

    def draw_at_once(self) -> MailObject | None:
        mine = self._round.is_turn_of(self._member) and not self._is_left_out
        return self._counted(self._outbox.draw_at_once()) if mine else None

    def returned(self, mail: MailObject) -> None:
        self._round.drawn[self._member] -= 1
        self._round.left_over |= self._cut_short
        self._outbox.returned(mail)

    def about_to_dot(self, mail: MailObject, leave: Leave) -> None:
        self._outbox.about_to_dot(mail, leave)

    def answered(self, mail: MailObject, reply: Reply, judged: Judged | None = None) -> None:
        if judged and judged.ends_for_now and self._round.others_go_on(self._member):
            self.returned(mail)  # the answer is not about this recipient, and another relay will take the mail
        else:
            if judged and judged.gives_back:
                self._round.drawn[self._member] -= 1
            self._outbox.answered(mail, reply, judged)

    def _counted(self, mail: MailObject | None) -> MailObject | None:
        self._round.drawn[self._member] += mail is not None
        return mail
