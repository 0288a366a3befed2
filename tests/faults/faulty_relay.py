"""A mail server that misbehaves on purpose and remembers the truth.

    python -m tests.faults.faulty_relay JOURNAL '{"seed": 1, "defer": 0.01}'

Whatever it takes responsibility for stands in JOURNAL, flushed to disk, before it says so: one line of JSON per mail,
with the envelope, the Message-ID and a hash of the content. It prints the port it listens on.

    drop          share of commands it answers by closing the line
    drop_after    share of mails it takes and then closes the line without an answer (RFC 1047)
    defer         share of recipients and of mails it answers with 4yz
    delay         seconds it takes to accept a mail, at most
    pipelining    whether it offers PIPELINING; true unless said otherwise
    chunking      whether it offers CHUNKING; false unless said otherwise

What it does to a recipient whose address begins with:
    gone          550 5.1.1, always                     full     452 4.2.2, always
    grey          451 4.7.1 at RCPT, the first time     policy   550 5.7.26, always
    lose          closes the line after the dot without having taken the mail, the first time
    hold          takes the mail and answers when the file JOURNAL.release is there
    vanish        takes the mail and closes the line without an answer, the first time
    close-rcpt, close-data                              421 to that command, the first time
    cut-rcpt, cut-data, cut-body                        closes the line there, the first time
"""

import asyncio
import hashlib
import json
import os
import random
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Habits:
    seed: int = 1
    drop: float = 0.0
    drop_after: float = 0.0
    defer: float = 0.0
    delay: float = 0.0
    pipelining: bool = True
    chunking: bool = False
    chance: random.Random = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "chance", random.Random(self.seed))

    def happens(self, share: float) -> bool:
        return self.chance.random() < share


class LineDropped(Exception):
    pass


@dataclass
class Session:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    habits: Habits
    journal: int
    released: Path
    seen: set[str]
    sender: str = ""
    recipient: str = ""
    valid: bool = False

    async def run(self) -> None:
        await self.say("220 faulty.test ready")
        while line := (await self.reader.readline()).decode("latin-1"):
            verb = line[:4].upper()
            if verb == "QUIT":
                return await self.say("221 bye", sure=True)
            await getattr(self, f"on_{verb.strip().lower()}", self.on_other)(line)
        return None

    async def on_ehlo(self, line: str) -> None:
        offers = "250-PIPELINING\r\n" * self.habits.pipelining + "250-CHUNKING\r\n" * self.habits.chunking
        await self.say(f"250-faulty.test\r\n{offers}250 SIZE 10000000")

    async def on_mail(self, line: str) -> None:
        self.sender = bracketed(line)
        self.recipient, self.valid = "", False
        await self.say("250 2.1.0 ok")

    async def on_rcpt(self, line: str) -> None:
        self.recipient = bracketed(line)
        fixed = {
            "gone": "550 5.1.1 no such user",
            "full": "452 4.2.2 mailbox full",
            "policy": "550 5.7.26 not from you",
        }
        answer = next((reply for start, reply in fixed.items() if self.recipient.startswith(start)), "250 2.1.5 ok")
        if self.first("grey") or self.habits.happens(self.habits.defer):
            answer = "451 4.7.1 greylisted"
        await self.misbehave("rcpt")
        self.valid = answer.startswith("250")
        await self.say(answer)

    async def on_data(self, line: str) -> None:
        if not self.valid:
            return await self.say("554 5.5.1 no valid recipients")
        await self.misbehave("data")
        await self.say("354 go ahead")
        await self.misbehave("body")
        content = b""
        while (piece := await self.reader.readline()) != b".\r\n":
            if not piece:
                raise LineDropped  # before the dot: nothing was taken (RFC 5321 §4.1.1.4)
            content += piece.removeprefix(b".")
        return await self.end(content)

    async def on_bdat(self, line: str) -> None:
        try:
            content = await self.reader.readexactly(int(line.split()[1]))
        except asyncio.IncompleteReadError:
            raise LineDropped from None
        if not self.valid:
            return await self.say("554 5.5.1 no valid recipients")
        await self.misbehave("body")
        return await self.end(content)

    async def end(self, content: bytes) -> None:
        if self.habits.happens(self.habits.defer):
            return await self.say("452 4.3.1 no space", sure=True)
        if self.first("lose"):
            raise LineDropped
        self.take(content)
        await asyncio.sleep(self.habits.chance.random() * self.habits.delay)
        while self.recipient.startswith("hold") and not self.released.exists():  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        if self.first("vanish") or self.habits.happens(self.habits.drop_after):
            raise LineDropped
        return await self.say("250 2.0.0 taken", sure=True)

    async def on_other(self, line: str) -> None:
        await self.say("250 ok")

    async def misbehave(self, stage: str) -> None:
        if self.first(f"cut-{stage}"):
            raise LineDropped
        if self.first(f"close-{stage}"):
            await self.say("421 4.3.2 closing", sure=True)
            raise LineDropped

    def first(self, prefix: str) -> bool:
        """Say whether this recipient is to be treated as `prefix` says, and has not been so far."""
        if not self.recipient.startswith(prefix) or (prefix + self.recipient) in self.seen:
            return False
        self.seen.add(prefix + self.recipient)
        return True

    def take(self, content: bytes) -> None:
        message_id = re.search(rb"^Message-ID: (\S+)\r$", content, re.MULTILINE | re.IGNORECASE)
        truth = {
            "from": self.sender,
            "to": self.recipient,
            "message_id": message_id[1].decode() if message_id else "",
            "content": hashlib.sha256(content).hexdigest(),
        }
        os.write(self.journal, json.dumps(truth).encode() + b"\n")
        os.fdatasync(self.journal)

    async def say(self, reply: str, sure: bool = False) -> None:
        if not sure and self.habits.happens(self.habits.drop):
            raise LineDropped
        self.writer.write(reply.encode() + b"\r\n")
        await self.writer.drain()


def bracketed(line: str) -> str:
    found = re.search("<(.*)>", line)
    return found[1] if found else ""


async def serve(journal: Path, habits: Habits) -> None:
    seen: set[str] = set()
    released = journal.with_suffix(".release")
    handle = os.open(journal, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)

    async def session(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await Session(reader, writer, habits, handle, released, seen).run()
        except (LineDropped, ConnectionError):
            pass
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(session, "127.0.0.1", 0, backlog=200)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), Habits(**json.loads(sys.argv[2]))))
