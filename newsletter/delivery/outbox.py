"""What the transport draws from: the next recipient's message, at the pace allowed. It also judges the answers."""

import asyncio
from collections import Counter, deque
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Engine

from newsletter import send_log
from newsletter.database.engine import reading, writing
from newsletter.database.tables import State
from newsletter.delivery.budget import Budget
from newsletter.delivery.journal import Journal
from newsletter.delivery.policy import RunPolicy, Surroundings
from newsletter.delivery.throttle import RelayThrottle
from newsletter.errors import MessageError
from newsletter.message import MailObject, MessageBuilder, Recipient
from newsletter.policy.answers import likeness
from newsletter.policy.pace import LEAST_CLAIM, next_claim, retry_after
from newsletter.policy.reply import Reply, Stage
from newsletter.policy.verdict import Judgement, Stop, Treatment
from newsletter.runtime import failpoint
from newsletter.send_log import Result, Stretch
from newsletter.transport import Judged, Leave

SEVERAL = 2
"""How many refused recipients are enough to doubt, if all who were tried were refused."""


class IssueOutbox:
    """Implements newsletter.transport.Outbox for one run of one issue, or of a `stretch` of it."""

    def __init__(
        self,
        engine: Engine,
        issue: int,
        builder: MessageBuilder,
        policy: RunPolicy,
        around: Surroundings,
        journal: Journal,
        stretch: Stretch | None = None,
    ) -> None:
        self.counts: Counter[State] = Counter()
        self.stopped_by: Stop | None = None
        self._engine = engine
        self._issue = issue
        self._stretch = stretch
        self._sender = 0
        self._builder = builder
        self._policy = policy
        self._around = around
        self._journal = journal
        self._pace = around.limits.pace(policy.rate)
        self._budget = Budget(policy, around.clock)
        self._alone = RelayThrottle(1, ticks=around.ticks)
        """Judges the answers if the transport has no throttle of its own."""
        self._doubtful: list[tuple[int, Reply, Judgement]] = []
        """Deliveries refused before any was accepted, with answers that may be about us."""
        self._stop = asyncio.Event()
        self._claimed: deque[Recipient] = deque()
        self._under_way: dict[int, Recipient] = {}
        self._asked: set[int] = set()
        """The deliveries under way for whose dot leave was asked."""
        self._offered = 0
        self._due_by = around.clock()
        self._size, self._claimed_at = LEAST_CLAIM, around.ticks()
        self._began: float | None = None
        self._last_reply = 0.0

    # Called by the transport

    async def draw(self) -> MailObject | None:
        """Hand out the next message, once the pace allows it; None when this round has no more."""
        if self._began is None:
            self._began = self._claimed_at = self._around.ticks()  # the time to connect must not count as a claim's
        while not self.stopping:
            wait = self._pace.wait_before_next(self._around.ticks())
            if wait <= 0:
                return self._next_mail()
            await self.rest(wait)
        return None

    def draw_at_once(self) -> MailObject | None:
        """Hand out the next message if the pace allows it now."""
        if self.stopping or self._pace.wait_before_next(self._around.ticks()) > 0:
            return None
        return self._next_mail()

    def returned(self, mail: MailObject) -> None:
        """Take back a mail that was begun on no connection: it is drawn next, or stays queued if it is not drawn."""
        recipient = self._under_way.pop(mail.delivery)
        self._offered -= 1
        if mail.delivery in self._asked:
            self._asked.discard(mail.delivery)
            # The log may say that its dot has left, which is wrong: write it down as queued again.
            self._conclude(recipient, Judgement(State.QUEUED), Reply(Stage.MAIL, None, "given back before it was sent"))
        else:
            self._claimed.appendleft(recipient)

    def about_to_dot(self, mail: MailObject, leave: Leave) -> None:
        """Give leave once it is durably recorded that the final dot may have left."""
        if mail.delivery in self._journal.dotted:
            leave.given()  # already recorded: for a connection that dropped before the dot left
        else:
            self._asked.add(mail.delivery)
            self._journal.dot(mail.delivery, leave)

    def answered(self, mail: MailObject, reply: Reply, judged: Judged | None = None) -> None:
        """Act on the answer, and give its result to the journal, which commits it with the next group."""
        failpoint.reached("answered")
        self._last_reply = self._around.ticks()
        if not isinstance(judged, Judgement):
            judged = self._alone.heard(mail.delivery, reply)
        if judged.counts and judged.state is State.REFUSED and not self.counts[State.ACCEPTED]:
            self._doubtful.append((mail.delivery, reply, judged))
        recipient = self._under_way.pop(mail.delivery)
        asked = mail.delivery in self._asked
        self._asked.discard(mail.delivery)
        if judged.stops:
            self._stop_by(Stop(reply, judged))
        elif judged.gives_back:
            self._offered -= 1
            if not asked:
                self._claimed.appendleft(recipient)
                return
        self._conclude(recipient, judged, reply)

    # Called by the run

    def begin(self, sender: int) -> None:
        """Claim as `sender` from now on."""
        self._sender = self._journal.sender = sender

    @property
    def has_unanswered_dots(self) -> bool:
        """Whether a dot may have left and its answer has not come."""
        return bool(self._journal.dotted)

    @property
    def seconds(self) -> float:
        """How long the run took, from the first draw to the last reply; 0 if there was no reply."""
        return self._last_reply - self._began if self._began is not None and self._last_reply else 0.0

    @property
    def reopens_at(self) -> datetime | None:
        """When the daily limit allows more; None: it allows some now, or there is none."""
        return self._budget.reopens_at

    @property
    def stopping(self) -> bool:
        return self._stop.is_set()

    def stop(self) -> None:
        """Hand out nothing more."""
        self._stop.set()

    async def rest(self, seconds: float) -> bool:
        """Wait `seconds`, or until the run is stopped; say whether it is stopped."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stop.wait(), max(seconds, 0.0))
        return self.stopping

    def has_some(self) -> bool:
        """Say whether there is a recipient to write to now: one who is due, within the limits."""
        if not self._claimed:
            self._claim()
        return bool(self._claimed)

    def settle_doubt(self) -> None:
        """Stop if all recipients tried were refused with the same answer, and it may be about us.

        They were too few for the throttle to notice it while they were being tried.
        """
        if self.stopping or self.counts[State.ACCEPTED] or len(self._doubtful) < SEVERAL:
            return
        refused, replies, judgements = zip(*self._doubtful, strict=True)
        if len({likeness(reply.code, reply.text) for reply in replies}) > 1:
            return
        with reading(self._engine) as connection:
            taken_before = send_log.tally(connection, self._issue)[State.ACCEPTED]
        if not taken_before:
            judged = replace(judgements[0], state=State.QUEUED, asked=Treatment.STOP, again=refused)
            self._stop_by(Stop(replies[0], judged))

    def begin_another_round(self) -> None:
        """Offer again recipients whose retry is due by now, including those that this run deferred."""
        self._due_by = self._around.clock()

    def close(self) -> None:
        """Write down everything gathered; the sender settles what is still claimed when it leaves."""
        self._claimed.clear()
        self._journal.flush()
        failpoint.reached("finished")

    # Within

    def _next_mail(self) -> MailObject | None:
        while recipient := self._next_recipient():
            if mail := self._built(recipient):
                return mail
        return None

    def _next_recipient(self) -> Recipient | None:
        if self._policy.limit and self._offered >= self._policy.limit:
            return None
        if not self._claimed:
            self._claim()
        if not self._claimed:
            return None
        self._offered += 1
        return self._claimed.popleft()

    def _claim(self) -> None:
        ticks = self._around.ticks()
        self._size = next_claim(self._size, ticks - self._claimed_at)
        self._claimed_at = ticks
        left = self._policy.limit - self._offered if self._policy.limit else self._size
        self._journal.flush()
        if self._budget.is_used_up:
            return
        now = self._around.clock()
        with writing(self._engine) as connection:
            send_log.require_present(connection, self._sender, now)
            granted = self._budget.grant(connection, self._sender, min(self._size, left))
            if granted:
                wanted = self._issue, self._sender, granted, now, self._due_by, self._stretch
                self._claimed.extend(send_log.claim(connection, *wanted))
            self._budget.claimed(connection, self._sender, len(self._claimed))
        if granted:
            failpoint.reached("claimed")

    def _built(self, recipient: Recipient) -> MailObject | None:
        try:
            mail = self._builder.build(recipient)
        except MessageError as error:
            # One recipient's odd data must not hold up the others: that delivery is refused, with the reason.
            self._conclude(recipient, Judgement(State.REFUSED), Reply(Stage.CONNECT, None, str(error)))
            return None
        self._under_way[recipient.delivery] = recipient
        return mail

    def _stop_by(self, stop: Stop) -> None:
        """Hand out nothing more; queue again deliveries refused earlier with the answer that proved to be about us."""
        self.stopped_by = self.stopped_by or stop
        self.stop()
        if stop.judged.again:
            self._journal.flush()
            with writing(self._engine) as connection:
                send_log.queue_again(connection, stop.judged.again)
            for _ in stop.judged.again:
                self.counts[State.REFUSED] -= 1
                self.counts[State.QUEUED] += 1
                self._around.progress(State.QUEUED, stop.reply, 0)

    def _conclude(self, recipient: Recipient, judged: Judgement, reply: Reply) -> None:
        retry_at = None
        if judged.state is State.DEFERRED:
            pause = retry_after(recipient.attempts + 1, self._policy.first_retry, self._around.chance())
            retry_at = self._around.clock() + timedelta(seconds=pause)
        self._journal.result(
            Result(recipient.delivery, recipient.address, judged.state, reply, retry_at, judged.suppress)
        )
        self.counts[judged.state] += 1
        if judged.state is not State.QUEUED:
            self._around.progress(judged.state, reply, recipient.attempts)
