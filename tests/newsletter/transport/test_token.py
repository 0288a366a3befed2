"""Tokens from a command: asked for when there is none, when it is old and when it was refused; shown to nobody."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from newsletter.errors import RelayRefused
from newsletter.message import MailObject
from newsletter.policy.reply import Reply
from newsletter.transport import token
from newsletter.transport.batch import transmit_all
from newsletter.transport.relay import Relay
from newsletter.transport.smtp.login import Login, login_commands
from newsletter.transport.token import NoToken, TokenCommand
from tests.newsletter.transport.scripted import mails, settings_for

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def printing(code: str, **about: float) -> TokenCommand:
    return TokenCommand((sys.executable, "-c", code), **about)  # type: ignore[arg-type]


def counting(folder: Path) -> TokenCommand:
    """A command that prints token1, then token2, ..."""
    file = folder / "count"
    code = f"p = {str(file)!r}; open(p, 'a').write('x'); print('token' + str(len(open(p).read())))"
    return printing(code)


def test_a_token_is_used_again_until_it_is_old_or_refused(tmp_path: Path) -> None:
    now = [0.0]
    command = replace(counting(tmp_path), ticks=lambda: now[0])

    async def scene() -> list[str]:
        tokens = [await command.token(), await command.token()]
        command.forget("token0")  # somebody else's old one
        tokens.append(await command.token())
        command.forget("token1")
        tokens.append(await command.token())
        now[0] = token.FRESH_SECONDS + 1
        return [*tokens, await command.token()]

    assert asyncio.run(scene()) == ["token1", "token1", "token1", "token2", "token3"]


def test_a_token_that_is_printed_in_pieces_is_read_whole() -> None:
    command = printing("import time; print('to', end='', flush=True); time.sleep(0.2); print('ken')")
    assert asyncio.run(command.token()) == "token"


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (TokenCommand(("/there/is/no/such/program",)), "cannot be started"),
        (printing("print('canary'); raise SystemExit(3)"), "ended with 3"),
        (printing("print('canary one'); print('two')"), "not one token"),
        (printing("pass"), "not one token"),
        (printing("import time; print('canary', flush=True); time.sleep(60)", seconds=0.5), "took longer"),
    ],
)
def test_a_command_that_gives_none_says_why_and_nothing_of_what_it_printed(command: TokenCommand, why: str) -> None:
    with pytest.raises(NoToken, match=why) as trouble:
        asyncio.run(command.token())
    assert "canary" not in str(trouble.value)
    assert "canary" not in repr(command)


def test_what_it_prints_is_not_for_a_shell(tmp_path: Path) -> None:
    with pytest.raises(NoToken):
        asyncio.run(TokenCommand((f"touch {tmp_path}/proof; echo token",)).token())
    assert not (tmp_path / "proof").exists()


def hand_over(talk: Talk, command: TokenCommand) -> list[tuple[MailObject, Reply]]:
    async def scene() -> list[tuple[MailObject, Reply]]:
        async with await asyncio.start_server(talk, "127.0.0.1", 0) as server:
            where = settings_for(server.sockets[0].getsockname()[1], username="ada", token=command)
            answers = await transmit_all(Relay(where), mails(2))
        await asyncio.sleep(0.02)
        return answers

    return asyncio.run(scene())


def knowing(good: str) -> Talk:
    [[line]] = login_commands(Login("ada", good, is_token=True), "XOAUTH2")

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 relay.test\r\n")
        while said := await reader.readline():
            command = said[:4].upper()
            if command == b"EHLO":
                writer.write(b"250-relay.test\r\n250 AUTH PLAIN XOAUTH2\r\n")
            elif command == b"AUTH" and said != line:
                writer.write(b"334 eyJzdGF0dXMiOiI0MDAifQ==\r\n")
                await reader.readline()
                writer.write(b"535 5.7.8 not accepted\r\n")
            elif command == b"DATA":
                writer.write(b"354 go ahead\r\n")
                await reader.readuntil(b"\r\n.\r\n")
                writer.write(b"250 taken\r\n")
            else:
                writer.write(b"250 ok\r\n")
            if command == b"QUIT":
                break
        writer.close()

    return talk


def test_a_refused_token_is_replaced_once_and_the_mail_goes(tmp_path: Path) -> None:
    assert [reply.code for _, reply in hand_over(knowing("token2"), counting(tmp_path))] == [250, 250]
    assert (tmp_path / "count").read_text() == "xx"


def test_when_the_new_one_is_refused_too_it_stops(tmp_path: Path) -> None:
    with pytest.raises(RelayRefused, match="535") as trouble:
        hand_over(knowing("another"), counting(tmp_path))
    assert "token" not in str(trouble.value)
    assert (tmp_path / "count").read_text() == "xx"


def test_a_command_that_fails_is_told_to_the_organiser() -> None:
    with pytest.raises(RelayRefused, match="the command for a token gave none: it ended with 3"):
        hand_over(knowing("token"), printing("raise SystemExit(3)"))
