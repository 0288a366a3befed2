"""What a subscriber sees: GET asks, POST acts, an undo, and a kind word for a bad link."""

import re
from datetime import UTC, datetime

import httpx
import pytest
from sqlalchemy import Engine, delete, select, update

from newsletter.database.engine import reading, writing
from subscribers.suppression import SuppressionReason, suppress
from subscribers.tables import consents, subscribers
from tests.conftest import Cast
from tests.public_pages import Pages


def press(pages: Pages, page: httpx.Response, number: int = 0) -> httpx.Response:
    """Press the only button of `page`, as a browser does."""
    (form,) = re.findall(
        r'<form method="post" action="([^"]+)">\s*(?:<input type="hidden"[^>]*>\s*)*<button([^>]*)>', page.text
    )
    attributes = dict(re.findall(r'(\w+)="([^"]*)"', form[1]))
    data = {attributes["name"]: attributes["value"]} if "name" in attributes else {}
    data |= dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page.text))
    return pages.client.post(page.url.join(form[0].replace("&amp;", "&")), data=data)


def sources(engine: Engine, subscriber_id: int) -> list[tuple[str, str]]:
    query = select(consents.c.source, consents.c.network_address).where(consents.c.subscriber_id == subscriber_id)
    with reading(engine) as connection:
        return [tuple(row) for row in connection.execute(query.order_by(consents.c.id))]


def test_a_reader_leaves_and_comes_back_with_two_buttons(engine: Engine, cast: Cast, pages: Pages) -> None:
    asking = pages.client.get(pages.link(cast.ada))
    assert (asking.status_code, pages.consent(cast.ada)) == (200, "confirmed")
    assert "Unsubscribe?" in asking.text

    gone = press(pages, asking)
    assert (gone.status_code, pages.consent(cast.ada)) == (200, "withdrawn")
    assert "You have unsubscribed" in gone.text

    back = press(pages, gone)
    assert (back.status_code, pages.consent(cast.ada)) == (200, "confirmed")
    assert "Welcome back" in back.text
    assert sources(engine, cast.ada)[1:] == [("unsubscribe page", "127.0.0.1"), ("undo", "127.0.0.1")]


def test_the_page_loaded_again_tells_how_things_stand(cast: Cast, pages: Pages) -> None:
    pages.client.post(pages.link(cast.ada))
    for url in (pages.link(cast.ada), pages.link(cast.ada) + "/undo"):
        page = pages.client.get(url)
        assert "You have unsubscribed" in page.text
        # Only the page that unsubscribed can take it back; here no mailbox can be asked either.
        assert "Put me back" not in page.text
    pages.client.post(pages.link(cast.ben), data={"by": "reader"})
    again = pages.client.get(pages.link(cast.dot) + "/undo")
    assert "Unsubscribe?" in again.text
    assert "You have unsubscribed" in press(pages, again).text


def test_a_link_works_however_often_and_whatever_the_issue(cast: Cast, pages: Pages) -> None:
    for issue in (1, 2, 900):
        for _ in range(2):
            assert pages.client.post(pages.link(cast.ada, issue)).status_code == 200
    assert pages.consent(cast.ada) == "withdrawn"


def test_somebody_erased_is_told_that_there_is_nothing_to_do(engine: Engine, cast: Cast, pages: Pages) -> None:
    with writing(engine) as connection:
        connection.execute(delete(subscribers).where(subscribers.c.id == cast.ada))
    link = pages.link(cast.ada)
    answers = [
        pages.client.get(link),
        pages.client.post(link, data={"by": "reader"}),
        pages.client.post(link + "/undo"),
    ]
    for answer in answers:
        assert answer.status_code == 200
        assert "You are not on the list" in answer.text
    assert pages.client.post(link, data={"List-Unsubscribe": "One-Click"}).status_code == 200


def test_an_undo_does_not_lift_a_suppression(engine: Engine, cast: Cast, pages: Pages, noon: datetime) -> None:
    with writing(engine) as connection:
        suppress(connection, "cleo@example.org", SuppressionReason.COMPLAINED, noon)
    answer = pages.client.post(pages.link(cast.cleo) + "/undo")
    assert "We cannot email you at the moment" in answer.text
    assert "mailto:news@example.org" in answer.text
    assert pages.consent(cast.cleo) == "withdrawn"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_bad_link_gets_a_kind_page_with_a_way_out(cast: Cast, pages: Pages, method: str) -> None:
    before = pages.everything()
    for url in (pages.link(cast.ada)[:-1], pages.link(cast.ada) + "x", f"{pages.url}/u/nonsense"):
        for path in (url, url + "/undo"):
            answer = pages.client.request(method, path)
            assert answer.status_code == 404
            assert "This link does not work" in answer.text
            assert "mailto:news@example.org" in answer.text
    assert pages.everything() == before


def test_a_welsh_reader_is_answered_in_welsh_and_may_change_it(engine: Engine, cast: Cast, pages: Pages) -> None:
    with writing(engine) as connection:
        connection.execute(update(subscribers).where(subscribers.c.id == cast.ada).values(language="cy-GB"))
    welsh = pages.client.get(pages.link(cast.ada))
    assert '<html lang="cy"' in welsh.text
    assert "Dad-danysgrifio?" in welsh.text
    assert welsh.headers["content-language"] == "cy"
    english = pages.client.get(pages.link(cast.ada) + "?lang=en")
    assert "Unsubscribe?" in english.text
    assert "You have unsubscribed" in press(pages, english).text
    assert pages.consent(cast.ada) == "withdrawn"


def test_a_language_we_do_not_speak_is_answered_in_the_organisations_own(cast: Cast, pages: Pages) -> None:
    for wish in ("tlh", "", "../../etc/passwd", "<script>"):
        page = pages.client.get(pages.link(cast.ada), params={"lang": wish})
        assert '<html lang="en"' in page.text
        assert "<script>" not in page.text


def test_every_answer_ties_the_browsers_hands(cast: Cast, pages: Pages) -> None:
    link = pages.link(cast.ada)
    answers = [
        pages.client.get(link),
        pages.client.head(link),
        pages.client.post(link),
        pages.client.post(link, data={"by": "reader"}),
        pages.client.post(link + "/undo"),
        pages.client.get(f"{pages.url}/u/nonsense"),
        pages.client.get(f"{pages.url}/nothing-here"),
        pages.client.put(link),
        pages.client.post(link, content=b"x" * 10_000),
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 200, 404, 404, 405, 413]
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        for rule in ("default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action '"):
            assert rule in policy
        assert "unsafe" not in policy
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert "noindex" in answer.headers["x-robots-tag"]
        assert "set-cookie" not in answer.headers


def test_an_unsubscription_is_dated_by_the_clock(engine: Engine, cast: Cast, pages: Pages) -> None:
    before = datetime.now(UTC)
    pages.client.post(pages.link(cast.ada))
    with reading(engine) as connection:
        at = connection.execute(select(consents.c.at).order_by(consents.c.id.desc())).scalars().first()
    assert at is not None
    assert before <= at <= datetime.now(UTC)
