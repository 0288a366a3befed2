"""`resume --refused`: who was refused for what has been put right since, and nobody else."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from newsletter.app.send import queue_refused
from newsletter.cli.send import resume
from newsletter.database.engine import writing
from newsletter.errors import ActionRefused
from newsletter.policy.reply import Reply, Stage
from tests.newsletter.deliver.told import DeskFor, Told

NO_SUCH = Reply(Stage.RCPT, 550, "5.1.1 no such user", "5.1.1")
FULL = Reply(Stage.DOT, 552, "5.2.2 mailbox full", "5.2.2")
NOT_TODAY = Reply(Stage.DOT, 554, "not today, ticket 7")


def test_those_are_queued_again_whose_answer_was_not_about_them_or_is_named(desk: DeskFor) -> None:
    us = desk(["ada", "ben", "cleo", "dot"])
    us.run(Told({"ada": [NO_SUCH], "ben": [FULL], "cleo": [NOT_TODAY]}, lines=1))
    assert us.states() == {"ada": "refused", "ben": "refused", "cleo": "refused", "dot": "accepted"}
    with writing(us.engine) as connection:
        with pytest.raises(ActionRefused, match="with “nothing of the kind” in the answer"):
            queue_refused(connection, us.issue, "nothing of the kind")
        assert queue_refused(connection, us.issue, "") == {"554 not today, ticket …": 1}
    assert us.states()["cleo"] == "queued"
    with writing(us.engine) as connection:
        assert queue_refused(connection, us.issue, "Mailbox FULL") == {"552 5.2.2 mailbox full": 1}
        with pytest.raises(ActionRefused):  # because she is on the do-not-email list by now
            queue_refused(connection, us.issue, "no such user")
    us.run(told := Told())
    assert sorted(told.handed) == ["ben", "cleo"]
    assert us.states() == {"ada": "refused", "ben": "accepted", "cleo": "accepted", "dot": "accepted"}


def test_a_number_alone_is_asked_about_because_it_may_be_an_issue(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NEWSLETTER_DATABASE_URL", f"sqlite:///{tmp_path}/newsletter.db")
    for given in ("3", "12", "200", "0"):
        said = CliRunner().invoke(resume, ["--refused", given])
        assert said.exit_code == 2
        assert f"newsletter resume {given} --refused" in " ".join(said.output.split())
    for words in (
        ["--refused", "550"],
        ["--refused", "5.7.1"],
        ["7", "--refused", "3"],
        ["7", "--refused"],
        ["--refused="],
    ):
        assert CliRunner().invoke(resume, words).exit_code != 2, words
