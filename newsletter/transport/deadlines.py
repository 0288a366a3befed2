"""How long we wait for a relay: the waiting times of RFC 5321 §4.5.3.2, in seconds, each for a whole reply."""

from dataclasses import asdict, dataclass

from newsletter.transport.reply import Stage


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Shorter than the RFC only where nothing is lost by it: before there is a conversation, and after it."""

    connect: float = 30
    greeting: float = 300
    handshake: float = 30
    command: float = 300
    data: float = 120
    block: float = 180
    dot: float = 600
    quit: float = 2

    def times(self, factor: float) -> "Deadlines":
        """Make all of them longer or shorter."""
        return Deadlines(**{name: seconds * factor for name, seconds in asdict(self).items()})

    def of(self, stage: Stage) -> float:
        """Tell how long the reply to a command may take, all of it."""
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
