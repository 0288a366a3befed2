"""Mails into a folder: exact, whole, and each with a safe name."""

import asyncio
import os
from pathlib import Path

import pytest

from newsletter.errors import UnwritableFolder
from newsletter.message import MailObject
from newsletter.policy.reply import Stage
from newsletter.transport.folder import Folder, slug
from tests.newsletter.transport.scripted import Remembering, mails


def test_each_mail_becomes_a_file_with_its_exact_content(tmp_path: Path) -> None:
    outbox = Remembering(mails(3, b".dots stay\r\n\r\nHi"))
    asyncio.run(Folder(tmp_path / "new" / "folder").transmit(outbox))
    files = sorted((tmp_path / "new" / "folder").iterdir())
    assert [file.name for file in files] == [f"{n}-person{n}@example.org.eml" for n in (1, 2, 3)]
    assert {file.read_bytes() for file in files} == {b".dots stay\r\n\r\nHi"}
    assert outbox.codes == [250, 250, 250]
    assert outbox.dotted == outbox.drawn


def test_nothing_is_written_before_the_log_has_it(tmp_path: Path) -> None:
    async def look(mail: MailObject) -> None:
        assert os.listdir(tmp_path) == []  # noqa: PTH208

    asyncio.run(Folder(tmp_path).transmit(Remembering(mails(1), before_dot=look)))
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize(
    "address", ["../../etc/passwd@example.org", '"a/b"@example.org', "a\\b:c*?@example.org", "x" * 300]
)
def test_no_address_leaves_the_folder(tmp_path: Path, address: str) -> None:
    asyncio.run(Folder(tmp_path).transmit(Remembering([MailObject(7, "", address, b"Hi\r\n")])))
    [file] = tmp_path.rglob("*.eml")
    assert file.parent == tmp_path
    assert file.name.startswith("7-")


def test_two_addresses_never_share_a_name() -> None:
    assert slug("a/b@example.org") != slug("a_b@example.org") != slug("a:b@example.org")
    assert slug("x" * 300) != slug("x" * 301)


def test_a_folder_that_cannot_be_written_stops_it_and_says_why(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    outbox = Remembering(mails(2))
    with pytest.raises(UnwritableFolder, match=r"taken: .+"):
        asyncio.run(Folder(tmp_path / "taken").transmit(outbox))
    [(_, reply)] = outbox.answers
    assert (reply.stage, reply.code) == (Stage.DATA, None)


def test_a_file_that_could_not_be_finished_is_not_left_behind(tmp_path: Path) -> None:
    (tmp_path / "1-person1@example.org.eml").mkdir()
    with pytest.raises(UnwritableFolder):
        asyncio.run(Folder(tmp_path).transmit(Remembering(mails(1))))
    assert [path.name for path in tmp_path.iterdir()] == ["1-person1@example.org.eml"]
