"""Several relays: shares by weight, the others where one fails, one that stands by."""

import asyncio
from collections import Counter
from contextlib import AsyncExitStack

import pytest

from newsletter.delivery.throttle import RelayThrottle
from newsletter.errors import RelayUnreachable
from newsletter.policy.reply import Reply, Stage
from newsletter.transport.relay import Relay
from newsletter.transport.relays import LEAD, Member, Relays
from tests.newsletter.transport.scripted import DROP, Remembering, ScriptedRelay, listening, mails, settings_for


def nobody() -> Relay:
    return Relay(settings_for(1))


def run(
    relays: list[tuple[ScriptedRelay | None, int]], outbox: Remembering, resting: frozenset[int] = frozenset()
) -> None:
    async def scene() -> None:
        async with AsyncExitStack() as stack:
            members = []
            for number, (relay, weight) in enumerate(relays):
                if relay is None:
                    members.append(Member(nobody(), weight))
                    continue
                where = await stack.enter_async_context(listening(relay))
                throttle = RelayThrottle(4)
                if number in resting:
                    throttle.heard(1, Reply(Stage.MAIL, 421, "too much", "4.7.28"))  # ten minutes
                members.append(Member(Relay(where, throttle=throttle), weight))
            await Relays(members).transmit(outbox)

    asyncio.run(scene())


def assert_everybody_once(outbox: Remembering, *relays: ScriptedRelay) -> None:
    got = Counter(to for relay in relays for to, _ in relay.mails)
    assert set(got.values()) == {1}
    assert outbox.codes.count(250) == sum(got.values())


def test_each_relay_takes_about_its_share() -> None:
    first, second = ScriptedRelay(), ScriptedRelay()
    outbox = Remembering(mails(400))
    run([(first, 3), (second, 1)], outbox)
    assert_everybody_once(outbox, first, second)
    assert abs(len(first.mails) - 3 * len(second.mails)) <= 3 * LEAD + 8


@pytest.mark.parametrize("dead", [0, 1])
def test_where_one_cannot_be_reached_the_other_takes_all(dead: int, caplog: pytest.LogCaptureFixture) -> None:
    alive = ScriptedRelay()
    relays: list[tuple[ScriptedRelay | None, int]] = [(alive, 1), (alive, 1)]
    relays[dead] = (None, 1)
    outbox = Remembering(mails(50))
    run(relays, outbox)
    assert_everybody_once(outbox, alive)
    assert len(alive.mails) == 50
    assert "The other relays go on." in caplog.text


def test_where_one_fails_on_the_way_the_other_takes_the_rest() -> None:
    failing = ScriptedRelay(lambda command, connection, mail: DROP if connection > 1 or mail > 10 else None)
    alive = ScriptedRelay()
    outbox = Remembering(mails(100))
    run([(failing, 1), (alive, 1)], outbox)
    assert_everybody_once(outbox, failing, alive)
    assert len(outbox.answers) == 100


def test_one_that_stands_by_takes_nothing_while_another_does() -> None:
    main, standby = ScriptedRelay(), ScriptedRelay()
    run([(main, 1), (standby, 0)], Remembering(mails(50)))
    assert (len(main.mails), len(standby.mails)) == (50, 0)


def test_one_that_stands_by_steps_in_where_the_other_cannot_be_reached() -> None:
    standby = ScriptedRelay()
    run([(None, 1), (standby, 0)], Remembering(mails(50)))
    assert len(standby.mails) == 50


def test_one_that_stands_by_steps_in_while_the_other_is_left_alone_and_nobody_waits_for_that() -> None:
    main, standby = ScriptedRelay(), ScriptedRelay()
    outbox = Remembering(mails(50))
    run([(main, 1), (standby, 0)], outbox, resting=frozenset({0}))
    assert (len(main.mails), len(standby.mails)) == (0, 50)


def test_what_a_relay_had_in_hand_when_it_said_too_much_goes_over_another() -> None:
    def say(command: str, connection: int, mail: int) -> str | None:
        if command == "EHLO":
            return "250-relay.test\r\n250 PIPELINING"
        return "421 4.7.28 too much" if command == "DOT" else None

    main, standby = ScriptedRelay(say), ScriptedRelay()
    outbox = Remembering(mails(2))
    run([(main, 1), (standby, 0)], outbox)
    assert outbox.codes == [421, 250]
    assert [to for to, _ in standby.mails] == ["person2@example.org"]


def test_when_all_have_failed_the_trouble_is_told_and_everybody_is_given_back() -> None:
    outbox = Remembering(mails(5))
    with pytest.raises(RelayUnreachable):
        run([(None, 1), (None, 0)], outbox)
    assert outbox.answers == []
    assert len(outbox.drawn) == len(outbox.taken_back)
