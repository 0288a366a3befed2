"""Mails in files and in a Maildir: read in order, bounded, moved where they may be, never deleted."""

from pathlib import Path

import pytest

from newsletter.bounces.mailboxes.files import MOST_BYTES, MailFiles
from newsletter.bounces.mailboxes.maildir import Maildir
from newsletter.errors import UnreadableMail


@pytest.fixture
def maildir(tmp_path: Path) -> Path:
    for part in ("cur", "new", "tmp"):
        (tmp_path / "box" / part).mkdir(parents=True)
    (tmp_path / "box" / "new" / "1.report").write_bytes(b"report")
    (tmp_path / "box" / "cur" / "2.seen:2,RS").write_bytes(b"seen")
    return tmp_path / "box"


def test_files_and_folders_are_read_and_left_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    for name in ("folder/b.eml", "folder/a.eml", "folder/notes.txt", "one"):
        (tmp_path / name).write_bytes(name.encode())
    source = MailFiles([tmp_path / "folder", tmp_path / "one"])
    assert len(source) == 3
    for mail in source:
        source.settled(mail, ours=True)
    assert [mail.content for mail in source] == [b"folder/a.eml", b"folder/b.eml", b"one"]


def test_of_a_mail_without_end_only_the_beginning_is_read(tmp_path: Path) -> None:
    (tmp_path / "huge.eml").write_bytes(b"x" * (MOST_BYTES + 10))
    (mail,) = MailFiles([tmp_path / "huge.eml"])
    assert len(mail.content) == MOST_BYTES


def test_what_is_ours_goes_into_a_folder_of_the_maildir_as_read(maildir: Path) -> None:
    source = Maildir(maildir)
    assert [mail.content for mail in source] == [b"report", b"seen"]
    for mail in source:
        source.settled(mail, ours=True)
    assert sorted(file.name for file in (maildir / ".Processed" / "cur").iterdir()) == ["1.report:2,S", "2.seen:2,S"]
    assert len(Maildir(maildir)) == 0


def test_what_is_not_ours_stays_where_it_is(maildir: Path) -> None:
    source = Maildir(maildir)
    for mail in source:
        source.settled(mail, ours=False)
    assert (maildir / "new" / "1.report").exists()
    assert (maildir / "cur" / "2.seen:2,RS").exists()
    assert not (maildir / ".Processed").exists()


def test_a_mail_that_a_mail_program_took_meanwhile_is_passed_over(maildir: Path) -> None:
    source = Maildir(maildir)
    (maildir / "new" / "1.report").rename(maildir / "cur" / "1.report:2,S")
    assert [mail.content for mail in source] == [b"seen"]


def test_a_folder_that_is_no_maildir_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableMail, match="cur, new and tmp"):
        Maildir(tmp_path)
