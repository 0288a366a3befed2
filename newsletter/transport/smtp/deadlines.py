"""How long we wait for a relay: the timeouts of RFC 5321 §4.5.3.2, in seconds, each for a whole reply."""

from dataclasses import asdict, dataclass

from newsletter.policy.reply import Stage


@dataclass(frozen=True, slots=True)
class Deadlines:
    """The timeouts; shorter than in the RFC only where no mail is at stake: before the conversation and after it."""

    connect: float = 30
    greeting: float = 300
    handshake: float = 30
    command: float = 300
    data: float = 120
    block: float = 180
    dot: float = 600
    quit: float = 2

    def times(self, factor: float) -> "Deadlines":
        """Return these deadlines, each multiplied by `factor`."""
        return Deadlines(**{name: seconds * factor for name, seconds in asdict(self).items()})

    def of(self, stage: Stage) -> float:
        """Return how long the whole reply to a command may take."""
        match stage:
            case Stage.CONNECT:
                return self.greeting
            case Stage.DATA:
                return self.data
            case Stage.DOT:
                return self.dot
            case Stage.QUIT:
                return self.quit
            case _:
                return self.command
