"""S35: we keep which issue's link made a subscriber leave, come back or change, so that misuse of a link is seen."""

from datetime import datetime

from sqlalchemy import Engine, select

from newsletter.database.engine import reading, writing
from newsletter.people.person import everything, story
from subscribers import unsubscribe_reason
from subscribers.consent import withdraw
from subscribers.erasure import Memory
from subscribers.tables import changes, consents
from subscribers.through import Through, through
from subscribers.topics import SHOWN, WANTS, Topic, save
from tests.conftest import Cast
from tests.hostile.test_s33_undo import undo_on
from tests.public_pages import SETTINGS, Mailbox


def test_every_act_keeps_the_issue_of_its_link_and_the_story_says_so(
    engine: Engine, cast: Cast, mailbox: Mailbox, noon: datetime
) -> None:
    with writing(engine) as connection:
        save(connection, Topic("events", {"en": "Events"}), noon)
    signer = mailbox.pages.signer
    own = f"/p/{signer.unsubscribe(cast.ada, 3)}"
    mailbox.post(own, first_name="Ada", language="cy", pause="30", topics="events")
    mailbox.post(f"{own}/address", email="ada@example.net")
    mailbox.pages.client.post(mailbox.link())
    mailbox.mails(2)
    page = mailbox.post(f"/u/{signer.unsubscribe(cast.ada, 5)}", by="reader")
    mailbox.post(f"/u/{signer.unsubscribe(cast.ada, 5)}/undo", undo=undo_on(page))
    mailbox.post(f"/u/{signer.unsubscribe(cast.dot, 5)}")
    with reading(engine) as connection:
        said = "\n".join(story(everything(connection, "ada@example.net", Memory(SETTINGS.secret_keys))))
        assert through(connection, 3) == Through(changed_address=1, changed_preferences=1)
        assert through(connection, 5) == Through(unsubscribed=2, came_back=1)
        assert through(connection, 4) == Through()
        moved = select(consents.c.issue_id).where(consents.c.source.startswith("address changed from"))
        assert connection.scalars(moved).all() == [3]
        assert "Ada" not in str(connection.scalars(select(changes.c.what)).all())
    for words in (
        "changed their preferences: first name; language cy; a break until ",
        "topic events not wanted, through a link of issue 3.",
        "moved from ada@example.org to ada@example.net, through a link of issue 3.",
        "said no (unsubscribe page, from 127.0.0.1), through a link of issue 5.",
        "said yes (undo, from 127.0.0.1), through a link of issue 5.",
    ):
        assert words in said


def test_what_changes_nothing_leaves_no_trace(engine: Engine, cast: Cast, mailbox: Mailbox, noon: datetime) -> None:
    with writing(engine) as connection:
        for slug in ("events", "news"):
            save(connection, Topic(slug, {"en": slug}), noon)
    own = f"/p/{mailbox.pages.signer.unsubscribe(cast.ada, 3)}"
    for _ in range(2):
        mailbox.post(own, language="cy", pause="0", **{SHOWN: "events news", f"{WANTS}news": "on"})
    with reading(engine) as connection:
        assert connection.scalars(select(changes.c.what)).all() == ["language cy; topic events not wanted"]


def test_the_links_of_a_greeting_are_no_issues(engine: Engine, cast: Cast, noon: datetime) -> None:
    with writing(engine) as connection:
        assert withdraw(connection, cast.ada, noon, "one-click", issue_id=0)
        assert connection.scalar(select(consents.c.issue_id).order_by(consents.c.id.desc()).limit(1)) is None
        assert unsubscribe_reason.tell(connection, cast.ada, 0, "other", "x", noon)
