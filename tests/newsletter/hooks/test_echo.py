"""What a message carries for its relay to send back, and that an issue that was frozen earlier stays as it is."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from email import message_from_bytes, policy

import pytest
from sqlalchemy import Engine, select, update

from newsletter.database.engine import reading, writing
from newsletter.database.tables import issues
from newsletter.issue import Issue, Letterhead, read_issue
from newsletter.message import MessageBuilder, Recipient
from newsletter.settings import HookService
from subscribers.errors import BadLink
from subscribers.tokens import LinkSigner
from tests.newsletter.hooks.bodies import echo, sent_back

KEY = "a secret key for the tests, long enough"
SIGNER = LinkSigner([KEY], "news.example.org")


def lines(content: bytes) -> list[bytes]:
    return content.partition(b"\r\n\r\n")[0].split(b"\r\n")


def test_each_service_gets_back_the_token_of_this_one_delivery(issue_for: Callable[..., Issue]) -> None:
    issue = issue_for("ada")
    for service in HookService:
        hooked = replace(issue, letterhead=replace(issue.letterhead, echoes=(service,)))
        content = MessageBuilder(hooked, SIGNER, KEY).build(Recipient(1, 2_000_000_000, "ada@example.org")).content
        mail = message_from_bytes(content, policy=policy.default)
        if service is not HookService.SES:
            token = SIGNER.echo(2_000_000_000, issue.number)
            assert len(token) <= 80  # Postmark's limit for a value
            sent = sent_back(service, mail)
            assert sent == echo(service, token) or echo(service, token)[0] in sent
        plain = MessageBuilder(issue, SIGNER, KEY).build(Recipient(1, 2_000_000_000, "ada@example.org")).content
        more = [line for line in lines(content) if line not in lines(plain)]
        assert len(more) == (0 if service is HookService.SES else 1)
        assert all(len(line) < 200 for line in more)
        assert content.partition(b"\r\n\r\n")[2] == plain.partition(b"\r\n\r\n")[2]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_an_issue_carries_is_frozen_with_it(
    engine: Engine, issue_for: Callable[..., Issue], head: Letterhead, noon: datetime
) -> None:
    """A send that goes on after the setting was changed makes the same bytes; so does one from an earlier version."""
    number = issue_for("ada").number
    recipient = Recipient(1, 1, "ada@example.org")
    with reading(engine) as connection:
        content = connection.execute(select(issues.c.content)).scalar_one()
        before = MessageBuilder(read_issue(connection, number), SIGNER, KEY).build(recipient)
    earlier = {name: value for name, value in content["letterhead"].items() if name != "echoes"}
    for head_, services in ((earlier, ()), (content["letterhead"] | {"echoes": ["postmark"]}, (HookService.POSTMARK,))):
        with writing(engine) as connection:
            connection.execute(update(issues).values(content=content | {"letterhead": head_}))
        with reading(engine) as connection:
            issue = read_issue(connection, number)
        assert issue.letterhead.echoes == services
        after = MessageBuilder(issue, SIGNER, KEY).build(recipient)
        assert (after == before) is (services == ())


def test_the_token_of_a_delivery_opens_no_page_and_a_link_is_no_token() -> None:
    token = SIGNER.echo(1, 2)
    assert SIGNER.read_echo(token.upper()) == (1, 2)
    for read in (SIGNER.read_unsubscribe, SIGNER.read_web, SIGNER.read_request, SIGNER.read_undo):
        with pytest.raises(BadLink):
            read(token)
    for wrong in (SIGNER.unsubscribe(1, 2), "1-2-aaaabbbbccccdddd", token + "a", "0" + token, token[:-1], ""):
        with pytest.raises(BadLink):
            SIGNER.read_echo(wrong)
    with pytest.raises(BadLink):
        SIGNER.read_unsubscribe_mail(token)
