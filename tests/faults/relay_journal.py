"""What all lines of one faulty relay share: the mails it took, its events, and the recipients it has seen before."""

import json
import os
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.relay_habits import Habits


@dataclass
class Shared:
    habits: Habits
    journal: Path
    seen: set[str] = field(default_factory=set)
    open: int = 0
    lines: int = 0
    """All connections so far, the closed ones included."""
    begun: int = 0
    """Recipients it has accepted."""

    def __post_init__(self) -> None:
        self.truth = os.open(self.journal, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
        self.released = self.journal.with_suffix(".release")
        self.events = self.journal.with_suffix(".events").open("a", buffering=1)

    def note(self, what: str, detail: str = "") -> None:
        event = {"at": time.monotonic(), "what": what, "open": self.open, "detail": detail}
        self.events.write(json.dumps(event) + "\n")

    def first(self, prefix: str, recipient: str, times: int = 1) -> bool:
        """Return True the first `times` times that a `recipient` beginning with `prefix` comes."""
        for number in range(times):
            if recipient.startswith(prefix) and f"{prefix}{number}{recipient}" not in self.seen:
                self.seen.add(f"{prefix}{number}{recipient}")
                return True
        return False
