"""Why somebody left: a few reasons, their own words, and nothing that outstays them."""

from collections import Counter
from datetime import datetime

import pytest
from sqlalchemy import Engine, func, select

from newsletter.database.engine import reading, writing
from newsletter.people.erasure import erase
from newsletter.people.person import everything, story
from subscribers.erasure import Memory
from subscribers.tables import unsubscribe_reasons
from subscribers.unsubscribe_reason import MOST_WORDS, UnsubscribeReason, UnsubscribeReasons, forget, reasons_of, tell
from tests.conftest import Cast
from tests.public_pages import SETTINGS, Pages

NOTHING = UnsubscribeReasons(Counter(), ())


def said(engine: Engine, issue: int = 1) -> UnsubscribeReasons:
    with reading(engine) as connection:
        return reasons_of(connection, issue)


def test_who_left_may_say_why_and_is_thanked(engine: Engine, cast: Cast, pages: Pages) -> None:
    gone = pages.client.post(pages.link(cast.ada, 7), data={"by": "reader"})
    assert "Would you like to tell us why?" in gone.text
    answer = pages.client.post(
        pages.link(cast.ada, 7) + "/why", data={"reason": "too-many", "words": " One a week\r\nis\tplenty \x07"}
    )
    assert "Thank you for telling us." in answer.text
    assert "Would you like to tell us why?" not in answer.text
    assert said(engine, 7) == UnsubscribeReasons(Counter({"too-many": 1}), ("One a week is plenty",))
    assert said(engine, 1) == NOTHING
    assert pages.consent(cast.ada) == "withdrawn"


def test_saying_why_is_optional_and_unsubscribes_nobody(engine: Engine, cast: Cast, pages: Pages) -> None:
    stays = pages.client.post(pages.link(cast.ada) + "/why", data={"reason": "too-many", "words": "x"})
    assert "Unsubscribe?" in stays.text
    assert pages.consent(cast.ada) == "confirmed"
    for silent in ({}, {"reason": "", "words": "  "}, {"reason": "' OR 1=1 --"}):
        answer = pages.client.post(pages.link(cast.cleo) + "/why", data=silent)
        assert "Would you like to tell us why?" in answer.text
    assert "You are not on the list" in pages.client.post(pages.link(4711) + "/why", data={"words": "x"}).text
    assert said(engine) == NOTHING


def test_the_last_word_counts_and_only_once(engine: Engine, cast: Cast, pages: Pages) -> None:
    for reason in ("too-many", "elsewhere", "elsewhere"):
        pages.client.post(pages.link(cast.cleo) + "/why", data={"reason": reason})
    assert said(engine) == UnsubscribeReasons(Counter({"elsewhere": 1}), ())
    pages.client.post(pages.link(cast.cleo) + "/why", data={"words": "é" * 2 * MOST_WORDS})
    assert said(engine) == UnsubscribeReasons(Counter({"other": 1}), ("é" * MOST_WORDS,))


def test_it_is_forgotten_when_they_come_back_or_are_erased(
    engine: Engine, cast: Cast, pages: Pages, noon: datetime
) -> None:
    form = {"reason": "other", "words": "a secret sorrow"}
    pages.client.post(pages.link(cast.cleo) + "/why", data=form)
    with writing(engine) as connection:
        forget(connection, cast.cleo)
    assert said(engine) == NOTHING
    pages.client.post(pages.link(cast.cleo), data={"by": "reader"})
    pages.client.post(pages.link(cast.cleo) + "/why", data=form)
    memory = Memory(SETTINGS.secret_keys)
    with reading(engine) as connection:
        held = everything(connection, "cleo@example.org", memory)
    assert held["partings"][0]["words"] == "a secret sorrow"
    assert "said why they unsubscribed (other: “a secret sorrow”), through a link of issue 1." in "\n".join(story(held))
    erase(engine, "cleo@example.org", memory, noon)
    with reading(engine) as connection:
        assert connection.scalar(select(func.count()).select_from(unsubscribe_reasons)) == 0


@pytest.mark.parametrize("reason", list(UnsubscribeReason))
def test_the_page_offers_every_reason_there_is(cast: Cast, pages: Pages, reason: UnsubscribeReason) -> None:
    assert f'name="reason" value="{reason}">' in pages.client.get(pages.link(cast.cleo)).text


def test_whoever_wrote_them_the_words_are_no_code(engine: Engine, cast: Cast, pages: Pages, noon: datetime) -> None:
    with writing(engine) as connection:
        assert tell(connection, cast.cleo, 1, "other", "<script>alert(1)</script>", noon)
    page = pages.client.get(pages.link(cast.cleo)).text
    assert "alert" not in page
