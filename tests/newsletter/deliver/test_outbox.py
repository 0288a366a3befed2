"""Between send log and wire: no dot before it is written down, and what a transport gives back was never tried."""

import asyncio

import pytest
from sqlalchemy import Connection, event, select, text

from newsletter.database.engine import reading, writing
from newsletter.database.tables import State, deliveries
from newsletter.delivery import RunPolicy
from newsletter.errors import DatabaseError, RelayUnreachable
from newsletter.message import MailObject
from newsletter.transport import Outbox
from newsletter.transport.leave import leave_for
from tests.newsletter.deliver.told import MANY, TAKEN, DeskFor, Told


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_no_dot_leaves_while_the_log_cannot_be_written(desk: DeskFor) -> None:
    """F27: the disk is full at the moment the first dot is to be written down."""
    us = desk(["ada"])
    dotted: list[str] = []

    class DiskFills:
        standstill: None = None

        async def transmit(self, outbox: Outbox) -> None:
            mail = await outbox.draw()
            assert mail is not None
            full = "CREATE TRIGGER full BEFORE UPDATE ON deliveries BEGIN SELECT RAISE(ABORT, 'disk is full'); END"
            with writing(us.engine) as connection:
                connection.execute(text(full))
            await leave_for(mail, outbox)
            dotted.append(mail.forward_path)

    with pytest.raises(DatabaseError, match="disk is full"):
        us.run(DiskFills())
    assert dotted == []


def test_what_a_transport_gives_back_was_never_tried_and_goes_out_next(desk: DeskFor) -> None:
    us = desk(["ada", "ben", "cleo"])

    class GivesBack(Told):
        async def transmit(self, outbox: Outbox) -> None:
            ada, ben = await outbox.draw(), outbox.draw_at_once()
            assert ada
            assert ben
            outbox.returned(ben)
            outbox.answered(ada, TAKEN)
            raise RelayUnreachable(relay="mx.test", why="the line dropped")

    with pytest.raises(RelayUnreachable):
        us.run(GivesBack(), RunPolicy(limit=2))
    with reading(us.engine) as connection:
        tried = connection.execute(select(deliveries.c.state, deliveries.c.attempts).order_by(deliveries.c.id)).all()
    assert [tuple(row) for row in tried] == [("accepted", 1), ("queued", 0), ("queued", 0)]
    us.run(told := Told(lines=1))
    assert told.handed == ["ben", "cleo"]


def test_what_was_given_back_counts_towards_no_limit(desk: DeskFor) -> None:
    us = desk(["ada", "ben", "cleo"])

    class GivesBackOnce(Told):
        async def transmit(self, outbox: Outbox) -> None:
            mail = await outbox.draw()
            assert mail
            outbox.returned(mail)
            await super().transmit(outbox)

    us.run(told := GivesBackOnce(lines=1), RunPolicy(limit=2))
    assert told.handed == ["ada", "ben"]


@pytest.mark.parametrize("why", ["stopped", "slowed down", "none left"])
def test_nothing_is_drawn_at_once_when_it_is_not_its_time(desk: DeskFor, why: str) -> None:
    us = desk(["ada"] if why == "none left" else ["ada", "ben"])
    sender = us.sender(RunPolicy(rate=0.001 if why == "slowed down" else 0.0))
    drawn: list[MailObject | None] = []

    class DrawsAtOnce:
        standstill: None = None

        async def transmit(self, outbox: Outbox) -> None:
            mail = await outbox.draw()
            assert mail
            if why == "stopped":
                sender.interrupt()
            drawn.append(outbox.draw_at_once())
            outbox.answered(mail, TAKEN)

    asyncio.run(sender.run(DrawsAtOnce()))
    assert drawn == [None]


def test_the_dots_of_all_lines_share_their_commits(desk: DeskFor) -> None:
    us, commits = desk(MANY), 0

    def count(connection: Connection) -> None:
        nonlocal commits
        commits += 1

    event.listen(us.engine, "commit", count)
    us.run(Told(lines=30))
    assert commits < 100, "one commit must serve many dots"


def test_every_dot_is_written_down_before_it_may_leave(desk: DeskFor) -> None:
    us = desk(MANY[:40])
    seen: list[bool] = []

    class Watching(Told):
        async def _line(self, outbox: Outbox) -> None:
            while mail := await outbox.draw():
                await leave_for(mail, outbox)
                seen.append(self._is_dotted(mail))
                outbox.answered(mail, TAKEN)

        def _is_dotted(self, mail: MailObject) -> bool:
            with reading(us.engine) as connection:
                where = deliveries.c.id == mail.delivery
                return bool(connection.execute(select(deliveries.c.dotted).where(where)).scalar_one())

    us.run(Watching())
    assert seen == [True] * 40


def test_a_mail_whose_line_dropped_before_it_was_sent_whole_goes_over_another_or_waits(desk: DeskFor) -> None:
    class OverAnotherLine:
        standstill: None = None

        async def transmit(self, outbox: Outbox) -> None:
            ada = await outbox.draw()
            ben = await outbox.draw()
            assert ada
            assert ben
            for _ in range(2):  # once for each line
                await leave_for(ada, outbox)
            outbox.answered(ada, TAKEN)
            await leave_for(ben, outbox)
            outbox.returned(ben)

    us = desk(["ada", "ben"])
    run = us.run(OverAnotherLine())
    assert run.counts[State.ACCEPTED] == 1
    assert us.states() == {"ada": "accepted", "ben": "queued"}
    us.run(Told())
    assert us.states() == {"ada": "accepted", "ben": "accepted"}
