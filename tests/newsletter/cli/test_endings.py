"""How a run ended, in words that end once."""

from collections import Counter
from datetime import UTC, datetime

from newsletter.answers import Meaning
from newsletter.cli.endings import ending_in_words
from newsletter.deliver import Ending, Run
from newsletter.report import Transcript
from newsletter.tables import State
from newsletter.transport.reply import Reply, Stage
from newsletter.verdict import Asked, Judgement, Stop


def test_what_the_relay_said_ends_a_sentence_once() -> None:
    now = datetime(2027, 3, 1, tzinfo=UTC)
    account = Transcript(1, "x", now, 0, Counter(), 0, Counter(), (), 0.0)
    for words, said in (("Daily quota exceeded.", "exceeded.”"), ("Slow down", "down”."), ("Why?", "Why?”")):
        judged = Judgement(State.QUEUED, Meaning.LIMIT, Asked.STOP_FOR_NOW, seconds=60.0)
        run = Run(Ending.STOPPED, Counter(), Stop(Reply(Stage.RCPT, 454, words), judged), None)
        assert next(iter(ending_in_words(run, account))).endswith(said)
