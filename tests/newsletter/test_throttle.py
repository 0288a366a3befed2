"""How much a relay is asked for: on a relay that is only simulated, with what it allows known."""

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from newsletter.delivery.throttle import RelayThrottle
from newsletter.policy.pace import CALM_MESSAGES, RelayLoad
from newsletter.policy.reply import Reply, Stage

TAKEN = Reply(Stage.DOT, 250, "ok")
TOO_MUCH = Reply(Stage.MAIL, 421, "our system has detected an unusual rate", "4.7.28")
CLOSING = Reply(Stage.RCPT, 421, "closing", "4.3.2")


@dataclass
class Simulated:
    """A relay that allows so many connections, and turns away the next."""

    allows: int
    throttle: RelayLoad
    open: int = 0
    refusals: int = 0
    widths: list[int] = field(default_factory=list)

    def round(self) -> None:
        """Every connection carries a message; then we open those we may, and close those we may not have."""
        for _ in range(self.open):
            self.throttle.accepted()
        self.open = min(self.open, self.throttle.connections)
        while self.open < self.throttle.connections:
            if self.open >= self.allows:
                self.refusals += 1
                self.throttle.turned_away(self.open)
                break
            self.open += 1
        self.widths.append(self.open)


@given(most=st.integers(1, 100), allows=st.integers(1, 100))
def test_it_finds_what_a_relay_allows_and_stays_there(most: int, allows: int) -> None:
    relay = Simulated(allows, RelayLoad(most))
    for _ in range(400):
        relay.round()
    best = min(most, allows)
    assert set(relay.widths[-100:]) == {best}
    assert relay.refusals <= 2 + 400 / CALM_MESSAGES, "it asks for more than it gets, but seldom"


@given(most=st.integers(2, 100))
def test_without_trouble_it_doubles_in_every_round(most: int) -> None:
    relay = Simulated(1000, RelayLoad(most))
    for _ in range(9):
        relay.round()
    assert relay.widths == [min(2**number, most) for number in range(9)]


def test_after_trouble_it_grows_by_one_connection_in_so_many_messages() -> None:
    throttle = RelayLoad(16)
    for _ in range(16):
        throttle.accepted()
    throttle.slow_down(100.0)
    assert throttle.connections == 8
    for _ in range(8 * CALM_MESSAGES - 1):
        throttle.accepted()
    assert throttle.connections == 8
    throttle.accepted()
    assert throttle.connections == 9


events = st.lists(
    st.tuples(st.sampled_from(["accepted", "slow", "pause", "rest", "away"]), st.floats(0, 700)), max_size=200
)


@given(most=st.integers(1, 50), what=events)
def test_whatever_happens_there_is_a_connection_and_never_more_than_the_most(
    most: int, what: list[tuple[str, float]]
) -> None:
    throttle, now = RelayLoad(most), 0.0
    for name, passed in what:
        now += passed
        match name:
            case "accepted":
                throttle.accepted()
            case "slow":
                throttle.slow_down(now)
            case "pause":
                throttle.pause(now)
            case "rest":
                throttle.rest(now)
                assert throttle.connections == 1
            case "away":
                throttle.turned_away(int(passed))
        assert 1 <= throttle.connections <= most
        assert 0 <= throttle.wait(now) <= 3600


def test_a_relay_in_trouble_is_left_alone_longer_each_time_and_forgiven_by_an_acceptance() -> None:
    throttle, now, lengths = RelayLoad(4), 0.0, []
    for _ in range(9):
        throttle.pause(now)
        lengths.append(throttle.wait(now))
        now += lengths[-1]
    assert lengths == [5, 10, 20, 40, 80, 160, 320, 600, 600]
    throttle.accepted()
    throttle.pause(now)
    assert throttle.wait(now) == 5


def test_four_connections_hearing_of_one_trouble_rest_once_and_are_halved_once() -> None:
    throttle = RelayLoad(8)
    for _ in range(8):
        throttle.accepted()
    waits = []
    for now in (0.0, 0.0, 0.5, 0.9):
        throttle.pause(now)
        waits.append(throttle.wait(now))
    assert waits == [5, 5, 4.5, 4.1]
    assert throttle.connections == 4


def test_a_relay_that_says_we_send_too_much_is_left_alone_for_ten_minutes_and_gets_one_connection() -> None:
    now = [0.0]
    throttle = RelayThrottle(8, ticks=lambda: now[0])
    for _ in range(8):
        throttle.heard(1, TAKEN)
    throttle.heard(1, TOO_MUCH)
    throttle.heard(1, TOO_MUCH)  # the other connections hear it too
    assert (throttle.wait(), throttle.connections) == (600, 1)
    now[0] = 600.0
    assert throttle.wait() == 0
    throttle.heard(1, TOO_MUCH)
    assert throttle.wait() == 1200
    now[0] = 1800.0
    for _ in range(CALM_MESSAGES):
        throttle.heard(1, TAKEN)
    assert throttle.connections == 2, "then it ramps up"


def test_a_relay_that_closes_is_left_alone_for_seconds_only() -> None:
    throttle = RelayThrottle(8, ticks=lambda: 0.0)
    throttle.heard(1, CLOSING)
    assert throttle.wait() == 5
