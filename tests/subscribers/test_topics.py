"""Kinds of mail: what readers see of them, uncheck, and are believed."""

import re
from datetime import datetime

import pytest
from sqlalchemy import Engine, delete

from newsletter.database.engine import reading, writing
from subscribers.errors import BadTopic, UnknownTopic
from subscribers.tables import subscribers
from subscribers.topics import MOST, Topic, choose, declined_by, every, find, remove, save
from tests.conftest import Cast
from tests.public_pages import Pages

EVENTS = Topic("events", {"en": "Events near you", "cy": "Digwyddiadau"})
NEWS = Topic("news", {"en": "News <b>&amp;</b>"})


@pytest.fixture
def both(engine: Engine, noon: datetime) -> None:
    with writing(engine) as connection:
        assert save(connection, EVENTS, noon)
        assert save(connection, NEWS, noon)


def declined(engine: Engine, person: int) -> frozenset[str]:
    with reading(engine) as connection:
        return declined_by(connection, person)


def own(pages: Pages, person: int) -> str:
    return pages.link(person).replace("/u/", "/p/")


def test_a_topic_is_kept_changed_and_removed(engine: Engine, both: None, noon: datetime) -> None:
    with writing(engine) as connection:
        assert not save(connection, Topic("events", {"en": "Meetings"}), noon)
        assert find(connection, "events").title("en") == "Meetings"
        remove(connection, "news")
        assert [topic.slug for topic in every(connection)] == ["events"]
        for gone in (lambda: remove(connection, "news"), lambda: find(connection, "news")):
            with pytest.raises(UnknownTopic, match="news"):
                gone()


def test_a_title_is_said_in_the_first_language_there_is() -> None:
    assert EVENTS.title("cy", "en") == "Digwyddiadau"
    assert EVENTS.title("de", "en") == "Events near you"
    assert NEWS.title("cy", "de") == NEWS.titles["en"]
    assert Topic("news", {}).title("en") == "news"


@pytest.mark.parametrize(
    "topic",
    [
        Topic("", {"en": "x"}),
        Topic("Events", {"en": "x"}),
        Topic("a b", {"en": "x"}),
        Topic("é", {"en": "x"}),
        Topic("a", {"en": " "}),
        Topic("a", {"en": "x\ny"}),
        Topic("a", {"en": "x" * 81}),
    ],
)
def test_what_is_no_name_or_title_is_refused(engine: Engine, topic: Topic, noon: datetime) -> None:
    with writing(engine) as connection, pytest.raises(BadTopic):
        save(connection, topic, noon)


def test_there_are_no_more_topics_than_a_reader_can_choose_from(engine: Engine, noon: datetime) -> None:
    with writing(engine) as connection:
        for number in range(MOST):
            save(connection, Topic(f"t{number}", {"en": "x"}), noon)
        assert not save(connection, Topic("t0", {"en": "y"}), noon)
        with pytest.raises(BadTopic, match="which is the most"):
            save(connection, Topic("more", {"en": "x"}), noon)


def test_a_no_outlives_its_topic_and_goes_with_its_person(
    engine: Engine, cast: Cast, both: None, noon: datetime
) -> None:
    with writing(engine) as connection:
        choose(connection, cast.ada, {"events": False}, noon)
        remove(connection, "events")
        save(connection, EVENTS, noon)
    assert declined(engine, cast.ada) == {"events"}
    with writing(engine) as connection:
        connection.execute(delete(subscribers).where(subscribers.c.id == cast.ada))
    assert declined(engine, cast.ada) == frozenset()


def test_a_reader_unchecks_a_topic_and_checks_it_again(engine: Engine, cast: Cast, both: None, pages: Pages) -> None:
    page = pages.client.get(own(pages, cast.ada) + "?lang=cy").text
    assert "Digwyddiadau" in page
    assert "News &lt;b&gt;&amp;amp;&lt;/b&gt;" in page
    assert len(re.findall(r'type="checkbox"[^>]* checked>', page)) == 2
    saved = pages.client.post(own(pages, cast.ada), data={"topics": "events news", "wants-news": "yes"})
    assert "Your preferences have been saved." in saved.text
    assert declined(engine, cast.ada) == {"events"}
    assert re.findall(r'name="wants-(\w+)" value="yes" checked>', saved.text) == ["news"]
    pages.client.post(own(pages, cast.ada), data={"topics": "events news", "wants-news": "yes", "wants-events": "yes"})
    assert declined(engine, cast.ada) == frozenset()


def test_silence_is_no_answer_to_what_was_not_asked(
    engine: Engine, cast: Cast, both: None, pages: Pages, noon: datetime
) -> None:
    with writing(engine) as connection:
        choose(connection, cast.ada, {"news": False}, noon)
    pages.client.post(own(pages, cast.ada), data={"first_name": "Ada"})
    pages.client.post(own(pages, cast.ada), data={"topics": "events", "wants-events": "yes"})
    pages.client.post(own(pages, cast.ada), data={"topics": "invented ' OR 1=1 --"})
    assert declined(engine, cast.ada) == {"news"}
    assert declined(engine, cast.ben) == frozenset()


def test_a_form_with_every_topic_there_can_be_is_read_whole(
    engine: Engine, cast: Cast, pages: Pages, noon: datetime
) -> None:
    names = [f"{'t' * 60}{number}" for number in range(MOST)]
    with writing(engine) as connection:
        for name in names:
            save(connection, Topic(name, {"en": "x"}), noon)
    form = {"topics": " ".join(names), "pause": "0", "language": "en", "first_name": "A", "last_name": "B"}
    form |= {f"wants-{name}": "yes" for name in names[1:]}
    assert "Your preferences have been saved." in pages.client.post(own(pages, cast.ada), data=form).text
    assert declined(engine, cast.ada) == {names[0]}


def test_without_topics_nobody_is_asked_for_any(cast: Cast, pages: Pages) -> None:
    assert "checkbox" not in pages.client.get(own(pages, cast.ada)).text
