"""How a run ended, in words that end once."""

from collections import Counter
from datetime import UTC, datetime

from newsletter.cli.endings import ending_in_words
from newsletter.database.tables import State
from newsletter.delivery import Ending, RunResult
from newsletter.policy.answers import Meaning
from newsletter.policy.reply import Reply, Stage
from newsletter.policy.verdict import Judgement, Stop, Treatment
from newsletter.reports.account import IssueAccount


def test_what_the_relay_said_ends_a_sentence_once() -> None:
    now = datetime(2027, 3, 1, tzinfo=UTC)
    account = IssueAccount(1, "x", now, 0, Counter(), 0, Counter(), (), 0.0)
    for words, said in (("Daily quota exceeded.", "exceeded.”"), ("Slow down", "down”."), ("Why?", "Why?”")):
        judged = Judgement(State.QUEUED, Meaning.LIMIT, Treatment.STOP_FOR_NOW, seconds=60.0)
        run = RunResult(Ending.STOPPED, Counter(), Stop(Reply(Stage.RCPT, 454, words), judged), None)
        assert next(iter(ending_in_words(run, account))).endswith(said)
