"""How many mails in a row a server may decline on one connection before it takes its time."""

import math

from newsletter.transport.tarpit import Declined, Tarpit


def declined(tarpit: Tarpit, *seconds: float) -> list[bool]:
    """Decline mails on a new connection, each after so long; say after which it was to be replaced."""
    line = Declined(tarpit)
    return [line.declined(each) for each in seconds]


def test_what_one_connection_waited_for_the_next_one_does_not() -> None:
    relay = Tarpit()
    assert declined(relay, 0.01, 0.01, 0.01, 0.01, 0.01, 2.0) == [False] * 5 + [True]
    assert declined(relay, 0.01, 0.01, 0.01, 0.01) == [False] * 3 + [True]


def test_a_mail_that_is_taken_begins_the_count_anew() -> None:
    relay = Tarpit(3)
    line = Declined(relay)
    assert [line.declined(0.01), line.declined(0.01)] == [False, False]
    line.taken()
    assert [line.declined(0.01), line.declined(0.01), line.declined(0.01)] == [False, False, True]


def test_a_server_that_is_always_slow_is_left_its_connection() -> None:
    relay = Tarpit()
    assert declined(relay, *[2.0] * 20) == [False] * 20
    assert relay.most == math.inf


def test_one_mail_at_least_is_tried_on_each() -> None:
    relay = Tarpit()
    assert declined(relay, 0.01, 3.0) == [False, True]
    assert relay.most == 1
