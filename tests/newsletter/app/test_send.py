"""A second caller: a program that is no command line sends an issue, and has every safeguard that commands have."""

import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from newsletter.app import look_back, send, steer
from newsletter.app.posts import PostRefused
from newsletter.app.run import Ended, FirstAreWritten, FirstObject, HeldMeanwhile, Reopened, RunOutcome
from newsletter.app.send import ThisRun
from newsletter.compiler import Severity
from newsletter.database.tables import Lifecycle, State
from newsletter.delivery import Ending
from newsletter.errors import ActionRefused, NewsletterError, SenderBusy, SettingsError
from newsletter.policy.canary import Canary
from newsletter.publish.shelf import CannotPublish
from newsletter.runtime.clock import now
from tests.enclosures import PDF
from tests.newsletter.app.conftest import MANY, POST, Caller, an_hour_passes

SLOWLY = ThisRun(rate=25)
ILLUSTRATED = POST + "\n[The letter](letter.pdf)\n"


def post(caller: Caller) -> Path:
    return caller.workspace.folder / "post.md"


def everybody_has_it_once(caller: Caller) -> bool:
    return len(caller.mailboxes.recipients) == MANY and set(caller.mailboxes.recipients.values()) == {1}


def test_what_was_looked_at_is_sent_to_everybody_once_and_the_account_says_so(caller: Caller) -> None:
    proposal = send.look(caller.workspace, post(caller))
    assert (proposal.plan.recipients, proposal.plan.first[0], proposal.before) == (MANY, "ada@example.org", None)
    post(caller).write_text(POST.replace("yes", "no"), encoding="utf-8")  # it was looked at, so what was seen is sent
    ended = send.send(caller.workspace, proposal, watch=caller.watch)
    assert (ended.outcome, ended.account.states[State.ACCEPTED], caller.answers) == (RunOutcome.DONE, MANY, MANY)
    assert everybody_has_it_once(caller)
    assert "The council said yes." in caller.mailboxes.mails[0].as_string()
    assert look_back.account(caller.workspace) == ended.account


def test_to_look_or_to_rehearse_freezes_publishes_and_sends_nothing(caller: Caller) -> None:
    caller.writes("letter.pdf", PDF)
    post(caller).write_text(ILLUSTRATED, encoding="utf-8")
    send.look(caller.workspace, post(caller))
    built: list[int] = []
    rehearsal = send.look(caller.workspace, post(caller), rehearsal=True)
    done = send.rehearse(caller.workspace, rehearsal, scheduled=False, progress=built.append)
    assert (done.built, done.refusal, built[-1]) == (MANY, None, MANY)
    assert (caller.issues(), caller.mailboxes.recipients.total()) == (0, 0)
    assert not caller.workspace.published.exists()
    with pytest.raises(ValueError, match="rehearsal"):
        send.send(caller.workspace, rehearsal)
    assert caller.issues() == 0


def test_a_post_with_an_error_is_refused_with_all_findings_and_nothing_is_frozen(caller: Caller) -> None:
    caller.writes("letter.pdf", PDF)
    post(caller).write_text(ILLUSTRATED + "\n[Write to us](mailto:us.example.org)\n", encoding="utf-8")
    said: list[object] = []
    for rehearsal in (False, True):
        with pytest.raises(PostRefused, match="has 1 error") as refused:
            send.look(caller.workspace, post(caller), rehearsal=rehearsal, found=said.append)
        assert [each.line for each in refused.value.findings if each.severity is Severity.ERROR] == [9]
        assert said.pop() == refused.value.findings
    assert (caller.issues(), caller.mailboxes.recipients.total()) == (0, 0)
    assert not caller.workspace.published.exists()


def test_without_a_relay_nothing_can_be_proposed_but_a_rehearsal(caller: Caller) -> None:
    env = caller.workspace.folder / ".env"
    env.write_text(env.read_text(encoding="utf-8").replace('SMTP_HOST="127.0.0.1"', 'SMTP_HOST=""'), encoding="utf-8")
    with pytest.raises(SettingsError, match="NEWSLETTER_SMTP_HOST"):
        send.look(caller.beside(), post(caller))
    assert send.look(caller.beside(), post(caller), rehearsal=True).transport is None


def test_pictures_and_letters_are_published_before_anything_is_frozen(caller: Caller) -> None:
    caller.writes("letter.pdf", PDF)
    post(caller).write_text(ILLUSTRATED, encoding="utf-8")
    caller.workspace.published.write_text("a file stands where the folder would be", encoding="utf-8")
    with pytest.raises(CannotPublish):
        send.send(caller.workspace, send.look(caller.workspace, post(caller)))
    with pytest.raises(CannotPublish):
        send.schedule(caller.workspace, send.look(caller.workspace, post(caller)), now() + timedelta(hours=1))
    assert (caller.issues(), caller.mailboxes.recipients.total()) == (0, 0)
    caller.workspace.published.unlink()
    assert send.send(caller.workspace, send.look(caller.workspace, post(caller))).outcome is RunOutcome.DONE
    (file,) = caller.workspace.published.iterdir()
    assert file.read_bytes() == PDF
    assert file.name in caller.mailboxes.mails[0].as_string()


def test_a_canary_that_goes_wrong_pauses_and_the_others_get_it_only_by_resume(caller: Caller) -> None:
    caller.mailboxes.refuses = "person"
    ended = send.send(
        caller.workspace, send.look(caller.workspace, post(caller)), canary=Canary(6, 600), watch=caller.watch
    )
    assert ended.outcome is RunOutcome.LATER
    assert (ended.account.lifecycle, ended.account.states[State.QUEUED]) == (Lifecycle.PAUSED, MANY - 6)
    assert caller.news == [
        FirstAreWritten(Canary(6, 600)),
        FirstObject(1, "4 of the first 6 were refused or came back"),
    ]
    assert list(steer.send_due(caller.beside())) == []
    caller.mailboxes.refuses = ""
    resumed = send.resume(caller.workspace, refused="", watch=caller.watch)
    assert isinstance(caller.news[-1], Reopened)
    assert (caller.news[-1].refused.total(), resumed.outcome) == (4, RunOutcome.DONE)
    assert everybody_has_it_once(caller)


def test_a_canary_that_goes_well_is_waited_for_and_no_timer_takes_the_others_meanwhile(caller: Caller) -> None:
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        an_hour_passes(caller)  # as when the first few took longer than the wait
        assert list(steer.send_due(caller.beside())) == []
        (status,) = look_back.status(caller.beside()).issues
        assert status.account.remark() == "paused: the first 3 are written to; the others follow if all is well"
        assert caller.mailboxes.recipients.total() == 3

    caller.sleep = sleep
    caller.at_end = lambda: not list(steer.send_due(caller.beside())) or pytest.fail("a timer took the others along")
    ended = _with_a_canary(caller, Canary(3, 2.5))
    assert (sum(slept), ended.outcome, ended.account.lifecycle) == (2.5, RunOutcome.DONE, Lifecycle.OPEN)
    assert everybody_has_it_once(caller)


def test_what_another_program_decides_while_it_waits_for_the_first_holds(caller: Caller) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    for what, hold, standing, outcome in (
        ("pause", lambda: steer.pause(caller.beside()), Lifecycle.PAUSED, RunOutcome.LATER),
        ("cancel", lambda: steer.cancel(caller.beside(), caller.issues()), Lifecycle.CANCELLED, RunOutcome.LATER),
        ("resume", lambda: send.resume(caller.beside(), this_run=ThisRun(limit=1)), Lifecycle.OPEN, RunOutcome.LATER),
        ("Ctrl-C", interrupt, Lifecycle.PAUSED, RunOutcome.INTERRUPTED),
    ):
        caller.sleep = lambda seconds, hold=hold: hold()  # type: ignore[misc]
        before = caller.mailboxes.recipients.total()
        ended = _with_a_canary(caller, Canary(3, 2))
        assert (ended.outcome, ended.account.lifecycle) == (outcome, standing), what
        assert caller.mailboxes.recipients.total() == before + 3 + (what == "resume"), what
        assert (caller.news[-1] == HeldMeanwhile(ended.account.issue)) is (what != "Ctrl-C"), what


@pytest.mark.thorough
def test_a_ctrl_c_while_it_waits_changes_nothing_that_another_program_has_decided(caller: Caller) -> None:
    for decide, remark in (
        (lambda: steer.pause(caller.beside()), "paused: paused by hand"),
        (lambda: steer.cancel(caller.beside(), caller.issues()), "cancelled"),
        (lambda: send.resume(caller.beside(), this_run=ThisRun(limit=1)), ""),
    ):

        def decide_and_interrupt(seconds: float, decide: Callable[[], object] = decide) -> None:
            decide()
            raise KeyboardInterrupt

        caller.sleep = decide_and_interrupt
        interrupted = _with_a_canary(caller, Canary(3, 2))
        assert (interrupted.outcome, interrupted.account.remark()) == (RunOutcome.INTERRUPTED, remark)
        if remark != "cancelled":
            steer.cancel(caller.beside(), caller.issues())  # so that the next send makes a new issue


def test_a_pause_that_comes_as_the_first_few_are_done_is_not_ended_by_the_canary(caller: Caller) -> None:
    caller.at_end = lambda: steer.pause(caller.beside())
    ended = _with_a_canary(caller, Canary(3, 2))
    assert (ended.outcome, ended.account.lifecycle) == (RunOutcome.LATER, Lifecycle.PAUSED)
    assert caller.mailboxes.recipients.total() == 3


def test_a_program_that_dies_while_it_waits_for_the_first_leaves_the_others_to_the_organiser(caller: Caller) -> None:
    class KilledError(BaseException):
        """As if the process ended here: nothing of ours handles it."""

    def die(seconds: float) -> None:
        raise KilledError

    caller.sleep = die
    with pytest.raises(KilledError):
        _with_a_canary(caller, Canary(3, 2))
    an_hour_passes(caller)
    assert list(steer.send_due(caller.beside())) == []
    assert caller.mailboxes.recipients.total() == 3
    assert send.resume(caller.beside()).outcome is RunOutcome.DONE
    assert everybody_has_it_once(caller)


def _with_a_canary(caller: Caller, canary: Canary) -> Ended:
    proposal = send.look(caller.workspace, post(caller), again=True)
    return send.send(caller.workspace, proposal, canary=canary, watch=caller.watch)


def test_a_second_sender_at_once_is_refused_and_disturbs_nothing(caller: Caller) -> None:
    refused: list[NewsletterError] = []

    def second() -> None:
        try:
            send.resume(caller.beside())
        except SenderBusy as busy:
            refused.append(busy)
        assert list(steer.send_due(caller.beside())) == []  # a timer leaves it to the first, and says nothing

    caller.at_first_answer = second
    ended = send.send(caller.workspace, send.look(caller.workspace, post(caller)), SLOWLY, watch=caller.watch)
    assert [each.particulars["number"] for each in refused] == [1]
    assert ended.outcome is RunOutcome.DONE
    assert everybody_has_it_once(caller)


def test_a_pause_from_elsewhere_stops_it_and_nobody_gets_it_twice_on_resume(caller: Caller) -> None:
    caller.at_first_answer = lambda: steer.pause(caller.beside())
    ended = send.send(caller.workspace, send.look(caller.workspace, post(caller)), ThisRun(rate=4), watch=caller.watch)
    assert ended.run is not None
    assert (ended.run.ending, ended.outcome) == (Ending.PAUSED, RunOutcome.LATER)
    assert 0 < caller.mailboxes.recipients.total() < MANY
    again = send.look(caller.workspace, post(caller))
    assert again.before is not None
    assert again.before.states[State.QUEUED] == MANY - caller.mailboxes.recipients.total()
    assert send.resume(caller.workspace).outcome is RunOutcome.DONE
    assert everybody_has_it_once(caller)
    with pytest.raises(ActionRefused, match="was already sent"):
        send.look(caller.workspace, post(caller))


def test_two_programs_that_send_what_both_looked_at_write_to_nobody_twice(caller: Caller) -> None:
    ours = send.look(caller.workspace, post(caller))
    other = caller.beside()
    theirs = send.look(other, post(caller))
    ended: list[object] = []

    def second() -> None:
        try:
            ended.append(send.send(other, theirs))
        except ActionRefused as refused:
            ended.append(str(refused))

    caller.at_first_answer = second
    assert send.send(caller.workspace, ours, SLOWLY, watch=caller.watch).outcome is RunOutcome.DONE
    assert everybody_has_it_once(caller)
    (said,) = ended
    assert isinstance(said, str)
    assert "Nobody to send to" in said


def test_a_relay_that_is_away_is_a_result_with_an_account_and_nobody_is_lost(caller: Caller) -> None:
    env = caller.workspace.folder / ".env"
    right = env.read_text(encoding="utf-8")
    env.write_text(right.replace(f'SMTP_PORT="{caller.mailboxes.port}"', 'SMTP_PORT="9"'), encoding="utf-8")
    astray = caller.beside()
    ended = send.send(astray, send.look(astray, post(caller)))
    assert ended.failure is not None
    assert (ended.outcome, ended.account.states[State.QUEUED]) == (RunOutcome.LATER, MANY)
    env.write_text(right, encoding="utf-8")
    assert send.resume(caller.beside()).outcome is RunOutcome.DONE
    assert everybody_has_it_once(caller)


def test_a_worker_thread_can_send_and_the_signals_stay_with_the_main_thread(caller: Caller) -> None:
    ended: list[Ended] = []
    proposal = send.look(caller.workspace, post(caller))
    worker = threading.Thread(target=lambda: ended.append(send.send(caller.workspace, proposal)))
    worker.start()
    worker.join()
    assert [each.outcome for each in ended] == [RunOutcome.DONE]
    assert everybody_has_it_once(caller)
