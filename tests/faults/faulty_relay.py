"""A mail server that misbehaves on purpose and records what it really took.

    python -m tests.faults.faulty_relay JOURNAL '{"seed": 1, "defer": 0.01}'

It writes every mail it takes to JOURNAL, flushed to disk, before it answers: one line of JSON per mail, with the
envelope, the Message-ID and a hash of the content. It prints the port it listens on.

    drop          share of commands it answers by closing the line
    drop_after    share of mails it takes and then closes the line without an answer (RFC 1047)
    defer         share of recipients and of mails it answers with 4yz
    delay         seconds it takes to accept a mail, at most
    pipelining    whether it offers PIPELINING; true unless said otherwise
    chunking      whether it offers CHUNKING; false unless said otherwise
    connections   the most connections it allows; it answers one more with 421 and closes it; 0: any number
    per_line      mails on one line after which it closes the line without an answer; 0: never
    held_lines    the number of first lines that stop answering after a few mails, until JOURNAL.release exists
    enough        the most mails it takes; it answers the next one with 550 5.4.5; 0: any number
    late          seconds after which it answers a recipient `late`
    login         its answer to a login; if set, it offers AUTH
    starttls      its answer to STARTTLS; if set, it offers STARTTLS. After 220 it presents the file `certificate`, and
                  speaks TLS no newer than `newest`, if that is "1.0"
    deaf          it has a small receive buffer, so that a client notices when it stops reading

What it does to a recipient whose address begins with:
    gone          550 5.1.1, always                     full     452 4.2.2, always
    grey          451 4.7.1 at RCPT, the first time     policy   550 5.7.26, always
    greyer        the same, the first three times       many     452 4.5.3, the first time
    quota         550 5.4.5, always                     member   530, always
    throttle      421 4.7.28 and the line closed, the first time
    forward       251                                   drip     a reply that comes one octet every 0.05 s
    flood         a reply without end                   longline a line of 2 MB
    big           552 5.2.2 after the dot               other    299 after the dot, having taken the mail
    bare          250 and no word after the dot         lines    250 in several lines after the dot
    wrong         999 after the dot, having taken it    more     354 after the dot, having taken it
    midway        550 5.7.1 and the line closed while the content comes; midwayslow: closed a moment later
    stop          stops reading after its 354
    lose          closes the line after the dot without having taken the mail, the first time
    hold          takes the mail and answers when the file JOURNAL.release is there
    vanish        takes the mail and closes the line without an answer, the first time
    close-rcpt, close-data                              421 to that command, the first time
    cut-rcpt, cut-data, cut-body                        closes the line there, the first time

JOURNAL.events lists what it received and did, each with the time and the number of lines open then.
"""

import asyncio
import hashlib
import json
import os
import re
import socket
import ssl
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.faults.relay_certificate import alert, tls
from tests.faults.relay_habits import DOT, RCPT, Habits
from tests.faults.relay_journal import Shared

FREE = 3
"""Mails that a line takes before it is held."""


class LineDropped(Exception):
    pass


@dataclass
class Session:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    shared: Shared
    number: int
    """The number of this line, counted from 1."""
    taken: int = 0
    sender: str = ""
    recipient: str = ""
    valid: bool = False

    @property
    def habits(self) -> Habits:
        return self.shared.habits

    async def run(self) -> None:
        if self.habits.connections and self.shared.open > self.habits.connections:
            self.shared.note("turned away")
            return await self.say("421 4.3.2 too many connections", sure=True)
        self.shared.note("greeted")
        await self.say("220 faulty.test ready")
        while line := (await self.reader.readline()).decode("latin-1"):
            verb = line[:4].upper()
            if verb == "QUIT":
                return await self.say("221 bye", sure=True)
            await getattr(self, f"on_{verb.strip().lower()}", self.on_other)(line)
        return None

    async def on_ehlo(self, line: str) -> None:
        offers = ["faulty.test"] + ["PIPELINING"] * self.habits.pipelining + ["CHUNKING"] * self.habits.chunking
        offers += ["AUTH PLAIN LOGIN XOAUTH2"] * bool(self.habits.login) + ["STARTTLS"] * bool(self.habits.starttls)
        await self.say("".join(f"250-{offer}\r\n" for offer in offers) + "250 SIZE 10000000")

    async def on_auth(self, line: str) -> None:
        self.shared.note("auth", line.split()[1])
        await self.say(self.habits.login.replace("{said}", line.split()[-1]))

    async def on_star(self, line: str) -> None:
        await self.say(self.habits.starttls)
        if self.habits.newest:
            self.writer.write(alert(tls(self.habits), await self.reader.read(65536)))
            raise LineDropped
        if self.habits.starttls.startswith("220"):
            await self.writer.start_tls(tls(self.habits))

    async def on_mail(self, line: str) -> None:
        self.shared.note("mail")
        if self.habits.per_line and self.taken >= self.habits.per_line:
            raise LineDropped
        self.sender = bracketed(line)
        self.recipient, self.valid = "", False
        await self.say("250 2.1.0 ok")

    async def on_rcpt(self, line: str) -> None:
        self.recipient = bracketed(line)
        answer = next((reply for start, reply in RCPT.items() if self.recipient.startswith(start)), "250 2.1.5 ok")
        if self.first("greyer", 3) or self.first("grey") or self.habits.happens(self.habits.defer):
            answer = "451 4.7.1 greylisted"
        if self.habits.enough and self.shared.begun >= self.habits.enough:
            answer = RCPT["quota"]
        if self.first("many"):
            answer = "452 4.5.3 too many recipients"
        await self.pour()
        await self.misbehave("rcpt")
        self.valid = answer.startswith("25")
        self.shared.begun += self.valid
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
        return await self.say(await self.answer_to(content), sure=True)

    async def on_bdat(self, line: str) -> None:
        try:
            content = await self.reader.readexactly(int(line.split()[1]))
        except asyncio.IncompleteReadError:
            raise LineDropped from None
        if not self.valid:
            return await self.say("554 5.5.1 no valid recipients")
        await self.misbehave("body")
        return await self.say(await self.answer_to(content), sure=True)

    async def answer_to(self, content: bytes) -> str:
        """Take a mail or not; then answer or not."""
        if self.habits.happens(self.habits.defer):
            return "452 4.3.1 no space"
        if self.first("lose"):
            raise LineDropped
        if self.recipient.startswith("big"):
            return "552 5.2.2 over quota"
        self.take(content)
        await asyncio.sleep(self.habits.chance.random() * self.habits.delay)
        await asyncio.sleep(self.habits.late * self.recipient.startswith("late"))
        await self.hold()
        if self.first("vanish") or self.habits.happens(self.habits.drop_after):
            raise LineDropped
        return next((reply for start, reply in DOT.items() if self.recipient.startswith(start)), "250 2.0.0 taken")

    async def hold(self) -> None:
        if self.recipient.startswith("hold") or (self.number <= self.habits.held_lines and self.taken > FREE):
            self.shared.note("held", self.recipient)
            while not self.shared.released.exists():  # noqa: ASYNC110
                await asyncio.sleep(0.02)

    async def on_other(self, line: str) -> None:
        await self.say("250 ok")

    async def misbehave(self, stage: str) -> None:
        if self.first(f"cut-{stage}"):
            raise LineDropped
        if self.first(f"close-{stage}"):
            await self.say("421 4.3.2 closing", sure=True)
            raise LineDropped
        if stage == "body" and self.recipient.startswith("stop"):
            await asyncio.sleep(3600)
        if stage == "body" and self.recipient.startswith("midway"):
            await self.say("550 5.7.1 we do not like what we see", sure=True)
            await asyncio.sleep(0.5 * self.recipient.startswith("midwayslow"))
            raise LineDropped
        if stage == "rcpt" and self.first("throttle"):
            self.shared.note("throttled")
            await self.say("421 4.7.28 unusual rate", sure=True)
            raise LineDropped

    async def pour(self) -> None:
        """Send an endless reply of the kind that the recipient names; record afterwards how many octets were taken."""
        pieces = {"drip": b"2", "flood": b"250-and so on\r\n" * 1000, "longline": b"2" * 65536}
        for start, piece in pieces.items():
            if not self.recipient.startswith(start):
                continue
            poured = 0
            try:
                while poured < 2**26:
                    await asyncio.sleep(0.05 if start == "drip" else 0)
                    self.writer.write(piece)
                    await self.writer.drain()
                    poured += len(piece)
            finally:
                self.shared.note("poured", str(poured))

    def first(self, prefix: str, times: int = 1) -> bool:
        return self.shared.first(prefix, self.recipient, times)

    def take(self, content: bytes) -> None:
        message_id = re.search(rb"^Message-ID: (\S+)\r$", content, re.MULTILINE | re.IGNORECASE)
        truth = {
            "from": self.sender,
            "to": self.recipient,
            "message_id": message_id[1].decode() if message_id else "",
            "says": " ".join(re.findall(r"The council said \w+", content.decode("latin-1"))[:1]),
            "content": hashlib.sha256(content).hexdigest(),
        }
        os.write(self.shared.truth, json.dumps(truth).encode() + b"\n")
        os.fdatasync(self.shared.truth)
        self.taken += 1
        self.shared.note("taken", self.recipient)

    async def say(self, reply: str, sure: bool = False) -> None:
        if not sure and self.habits.happens(self.habits.drop):
            raise LineDropped
        self.writer.write(reply.encode() + b"\r\n")
        await self.writer.drain()


def bracketed(line: str) -> str:
    found = re.search("<(.*)>", line)
    return found[1] if found else ""


async def serve(journal: Path, habits: Habits) -> None:
    shared = Shared(habits, journal)

    async def session(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        shared.open += 1
        shared.lines += 1
        try:
            await Session(reader, writer, shared, shared.lines).run()
        except LineDropped:
            shared.note("dropped")
        except (ConnectionError, ssl.SSLError):
            pass
        finally:
            shared.open -= 1
            writer.transport.abort()

    line = socket.socket()
    # Because asyncio takes this for a line that may wait; then each reply to a group comes 40 ms late.
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if habits.deaf:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    line.bind(("127.0.0.1", 0))
    server = await asyncio.start_server(session, sock=line, backlog=200)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def main() -> None:
    """Serve until killed."""
    asyncio.run(serve(Path(sys.argv[1]), Habits(**json.loads(sys.argv[2]))))


if __name__ == "__main__":
    main()
