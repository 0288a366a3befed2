"""How the faulty relay behaves: its habits for all mail, and what it does to recipients by the start of their address.

faulty_relay explains each word.
"""

import random
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Habits:
    seed: int = 1
    drop: float = 0.0
    drop_after: float = 0.0
    defer: float = 0.0
    delay: float = 0.0
    pipelining: bool = True
    chunking: bool = False
    connections: int = 0
    per_line: int = 0
    enough: int = 0
    held_lines: int = 0
    late: float = 0.0
    login: str = ""
    starttls: str = ""
    certificate: str = ""
    newest: str = ""
    deaf: bool = False
    chance: random.Random = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "chance", random.Random(self.seed))

    def happens(self, share: float) -> bool:
        return self.chance.random() < share


RCPT = {
    "gone": "550 5.1.1 no such user",
    "full": "452 4.2.2 mailbox full",
    "policy": "550 5.7.26 not from you",
    "quota": "550 5.4.5 daily sending limit exceeded",
    "member": "530 5.7.0 authentication required",
    "forward": "251 2.1.5 will forward",
}
DOT = {
    "other": "299 2.0.0 taken in a way of our own",
    "bare": "250",
    "lines": "250-2.0.0 taken\r\n250-2.0.0 and\r\n250 2.0.0 kept",
    "wrong": "999 who knows",
    "more": "354 go on",
}
