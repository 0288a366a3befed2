"""S4, S5: what a token allows, and what an answer reveals."""

from sqlalchemy import Engine, delete

from newsletter.database.engine import writing
from subscribers.tables import subscribers
from tests.conftest import Cast
from tests.public_pages import Mailbox, Pages


def test_a_token_acts_for_its_own_person_alone(cast: Cast, pages: Pages) -> None:
    before = {who: pages.consent(who) for who in (cast.ada, cast.ben, cast.dot)}
    pages.client.post(pages.link(cast.cleo))
    pages.client.post(pages.link(cast.cleo) + "/undo")
    assert {who: pages.consent(who) for who in before} == before


def test_no_page_shows_an_address_or_a_name_to_whom_a_mail_was_forwarded(cast: Cast, pages: Pages) -> None:
    for method in ("GET", "POST"):
        for path in ("", "/undo"):
            page = pages.client.request(method, pages.link(cast.ada) + path, data={"by": "reader"}).text
            assert "ada@example.org" not in page
            assert "Ada" not in page


def test_a_link_to_issues_does_not_unsubscribe(cast: Cast, pages: Pages) -> None:
    before = pages.everything()
    assert pages.client.post(f"{pages.url}/u/{pages.signer.web(1)}").status_code == 404
    assert pages.client.post(f"{pages.url}/u/{cast.ada}.{pages.signer.web(1)}").status_code == 404
    assert pages.everything() == before


def test_one_click_says_the_same_whether_or_not_somebody_is_there(engine: Engine, cast: Cast, pages: Pages) -> None:
    known = pages.client.post(pages.link(cast.ada))
    with writing(engine) as connection:
        connection.execute(delete(subscribers).where(subscribers.c.id == cast.ada))
    unknown = pages.client.post(pages.link(cast.ada))
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content)


def test_every_token_opens_its_own_routes_and_no_other(cast: Cast, mailbox: Mailbox) -> None:
    signer = mailbox.pages.signer
    mailbox.post("/subscribe", email="eve@example.org")
    tokens = {"own": signer.unsubscribe(cast.ada, 1), "request": signer.request(1), "web": signer.web(1)}
    routes = {
        "/u/{}": "own",
        "/u/{}/undo": "own",
        "/u/{}/why": "own",
        "/p/{}": "own",
        "/p/{}/address": "own",
        "/confirm/{}": "request",
        "/i/{}": "web",
    }
    before = mailbox.pages.everything()
    for route, wanted in routes.items():
        for kind, token in tokens.items():
            for method in ("GET", "POST"):
                if kind != wanted:
                    url = mailbox.pages.url + route.format(token)
                    form = {"email": "evil@example.org", "first_name": "Evil", "pause": "30", "words": "x"}
                    answer = mailbox.pages.client.request(method, url, data=form)
                    assert answer.status_code in (404, 405), (route, kind, method)
    assert mailbox.pages.everything() == before


def test_preferences_change_nobody_else_and_nothing_else(engine: Engine, cast: Cast, mailbox: Mailbox) -> None:
    form = {"first_name": "X", "id": str(cast.ben), "address": "evil@example.org", "consent": "confirmed", "tags": "a"}
    before = mailbox.pages.everything()
    mailbox.post(f"/p/{mailbox.pages.signer.unsubscribe(cast.cleo, 1)}", **form)
    changed = [(old, new) for old, new in zip(before, mailbox.pages.everything(), strict=True) if old != new]
    ((old, new),) = changed
    names = [each.name for each in subscribers.c]
    now = {name: value for name, value, was in zip(names, new, old, strict=True) if value != was}
    assert now.pop("changed_at") is not None
    assert now == {"first_name": "X"}
