"""Answers of people are counted, once each, and nothing that a machine wrote; a wish to leave is shown to a human."""

from typing import Any

import pytest
from sqlalchemy import update

from newsletter.app import bounces, person, send
from newsletter.bounces.parse.human import own_words, wants_to_leave
from newsletter.bounces.parse.letter import open_letter
from newsletter.bounces.replies import replies_counted
from newsletter.database.engine import reading, writing
from newsletter.database.tables import State, deliveries
from newsletter.issue import read_issue
from newsletter.message import MessageIds
from tests.newsletter.app.conftest import Caller, caller
from tests.newsletter.feedback.answers_of_people import NOT_ANSWERS, answers, not_an_answer

__all__ = ["caller"]

LEAVING = [
    "Please take me off your list.",
    "unsubscribe",
    "Unsubscribe please!",
    "Hi, could you remove my email address from this? Thanks, Ada",
    "Stop emailing me",
    "I no longer wish to receive these.",
    "Please don't send me any more of these.",
    "Tynnwch fi oddi ar y rhestr, os gwelwch yn dda.",
    "Peidiwch ag anfon rhagor ataf.",
    "Hoffwn ddad-danysgrifio. dad-danysgrifiwch fi",
    "Bitte tragen Sie mich aus.",
    "Merci de me désabonner de cette liste",
    "Quiero darme de baja",
    "Proszę mnie wypisać z listy",
]
STAYING = [
    "Well done! Such good news.",
    "Please don't take me off the list, I love it.",
    "Can I take my dog?",
    "I took the bus off the hill. Where do we leave from?",
    "Peidiwch â phoeni, byddaf yno.",
    "My mother asked what the unsubscribe link at the bottom is for.",
    "Will you stop the motorway?",
    "Do not worry, and remove the typo in line 3.",
    "Bitte melden Sie mich zum Treffen an.",
    "",
]


def _sent(caller: Caller) -> int:
    place = caller.workspace
    return send.send(place, send.look(place, place.folder / "post.md")).account.issue


def _id(caller: Caller, issue: int, name: str = "ada") -> bytes:
    with reading(caller.workspace.engine) as connection:
        found = read_issue(connection, issue)
        mine = deliveries.select().where(deliveries.c.address == f"{name}@example.org", deliveries.c.issue_id == issue)
        return MessageIds(found).of(connection.execute(mine).one().subscriber_id).encode()


def _processed(caller: Caller, mails: dict[str, bytes]) -> tuple[Any, dict[str, bytes]]:
    folder = caller.workspace.folder / "in"
    folder.mkdir(exist_ok=True)
    for name, mail in mails.items():
        (folder / f"{name}.eml").write_bytes(mail)
    counts = bounces.process(caller.workspace, bounces.files([folder]), lambda mail, result: None)
    return counts, {file.stem: file.read_bytes() for file in folder.glob("*.eml")}


def _counted(caller: Caller) -> dict[int, int]:
    with reading(caller.workspace.engine) as connection:
        return dict(replies_counted(connection))


def test_an_answer_of_each_mail_program_counts_once(caller: Caller) -> None:
    issue = _sent(caller)
    ours = _id(caller, issue)
    mails = {name: mail.replace(b"@ID@", ours) for name, mail in answers("Da iawn!").items()}
    assert len(mails) == 10
    counts, kept = _processed(caller, mails)
    assert counts["reply"] == 10
    assert _counted(caller) == {issue: 10}
    assert kept == mails, "they stay where they are"
    _processed(caller, mails)
    assert _counted(caller) == {issue: 10}, "a mail that is read twice counts once"
    again = {name: b"X-Moved: yes\r\n" + mail for name, mail in mails.items()}
    _processed(caller, again)
    assert _counted(caller) == {issue: 10}, "nor if it comes by another way"
    assert bounces.replies(caller.workspace, leaving=True) == []
    _processed(caller, {name: mail.replace(b"@ID@", ours) for name, mail in answers("Take me off, please").items()})
    assert _counted(caller) == {issue: 10}, "the same Message-ID is the same mail"


def test_what_no_person_wrote_never_counts(caller: Caller) -> None:
    issue = _sent(caller)
    ours = _id(caller, issue)
    mails = {name: not_an_answer(head).replace(b"@ID@", ours) for name, head in NOT_ANSWERS.items()}
    counts, _ = _processed(caller, mails)
    assert counts["reply"] == 0
    assert _counted(caller) == {}
    for name, mail in answers("Hello").items():  # the ids of others, made up or cut off
        forged = [b"<1.000000000000000000000000000000@example.org>", b"<99.%b@x.test>" % ours[3:33], ours[:-20] + b">"]
        for number, each in enumerate(forged):
            _processed(caller, {f"{name}-{number}": mail.replace(b"@ID@", each)})
    assert _counted(caller) == {}


def test_a_person_may_answer_from_another_address_and_about_a_holiday(caller: Caller) -> None:
    caller.writes("post.md", "---\ntitle: Holiday club opens\n---\n\nThe council said yes.\n")
    issue = _sent(caller)
    mail = answers("Yes!")["mutt"].replace(b"@ID@", _id(caller, issue, "person03"))
    with writing(caller.workspace.engine) as connection:
        connection.execute(update(deliveries).values(state=State.UNCERTAIN))
    counts, _ = _processed(caller, {"a": mail.replace(b"Good news", b"Holiday club opens")})
    assert counts["reply"] == 1
    assert [each.address for each in bounces.replies(caller.workspace)] == ["person03@example.org"]
    assert counts[bounces.SETTLED] == 1, "only a mail that arrived can be answered"
    counts, _ = _processed(caller, {"a": mail.replace(b"Re: Good news", b"Holiday").replace(b"GA1", b"GA2")})
    assert counts["auto-reply"] == 1


def test_a_wish_to_leave_is_found_above_the_quote_only() -> None:
    for words in LEAVING:
        missed = [name for name, mail in answers(words).items() if not wants_to_leave(open_letter(mail))]
        assert not missed, words
    for words in STAYING:
        false = [name for name, mail in answers(words).items() if wants_to_leave(open_letter(mail))]
        assert not false, words
    for mail in answers("Da iawn!").values():
        assert own_words(open_letter(mail)).startswith("Da iawn!")


def test_a_wish_to_leave_changes_nothing_by_itself_and_is_listed(caller: Caller) -> None:
    issue = _sent(caller)
    mail = answers("Please take me off your list")["gmail"].replace(b"@ID@", _id(caller, issue))
    counts, _ = _processed(caller, {"a": mail})
    assert counts[bounces.LEAVING] == 1
    (found,) = bounces.replies(caller.workspace, issue, "ada@example.org", leaving=True)
    assert found.wants_to_leave
    held = person.everything(caller.workspace, "ada@example.org")
    assert held["subscriber"]["consent"] == "confirmed"
    assert len(held["issues"][0]["replies"]) == 1
    person.erase(caller.workspace, "ada@example.org")
    assert [each.address for each in bounces.replies(caller.workspace)] == [""]
    assert _counted(caller) == {issue: 1}


@pytest.mark.parametrize("size", [20_000])
def test_a_hostile_answer_takes_no_time(size: int) -> None:
    for piece in ("\n", " ", "wrote ", "from: x\n", "> ", "don't ", "take me ", "-- ", "_"):
        mail = f"In-Reply-To: <1.{'a' * 30}@x.test>\r\nSubject: {'Re: ' * 400}\r\n\r\n{piece * (size // len(piece))}x"
        wants_to_leave(open_letter(mail.encode()))
