"""Beside stage 3, the author's own look at a mail. In: a CompiledEmail and one reader. Out: the mail as they get it.

    (here)     the mail as files, or as a real test mail
    views      the same mail as a phone in dark mode shows it, or a mail program without pictures
    watching   whether any file that it is made of has changed
    sheet      all of it side by side in one page on this machine, as the author writes

Nothing here is sent to subscribers, logged or published.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from pathlib import Path

from sqlalchemy import Connection, select

from newsletter import merge
from newsletter.compiler import CompiledEmail
from newsletter.issue import Issue, Letterhead
from newsletter.message import MailObject, MessageBuilder, Recipient
from newsletter.message.dkim import DkimSigner
from newsletter.policy.reply import Reply
from newsletter.post import Post
from newsletter.publish import Published, shelf
from newsletter.transport import Transport
from newsletter.transport.batch import transmit_all
from subscribers.address import normalise
from subscribers.errors import UnknownSubscriber
from subscribers.tables import subscribers
from subscribers.tokens import LinkSigner

NOBODY = Recipient(0, 0, "reader@example.org", "Sam", "Reader")
"""The reader of a preview if no other is named; the unsubscribe link belongs to no subscriber."""
TEST_MARK = "[Test] "
FILES = "files"
"""The folder, beside a preview, of the files that the mail links to."""


@dataclass(frozen=True)
class Preview:
    """One reader's mail as HTML, as text and as a whole message, with the files beside the post that it links to."""

    html: str
    text: str
    message: bytes
    subject: str = ""
    preheader: str = ""
    files: tuple[Published, ...] = ()

    def write(self, folder: Path) -> list[Path]:
        """Write email.html, email.txt and message.eml into `folder`, and linked files into its folder `FILES`."""
        folder.mkdir(parents=True, exist_ok=True)
        shelf.put(folder / FILES, ((file.name, file.content) for file in self.files))
        files = [folder / "email.html", folder / "email.txt", folder / "message.eml"]
        html = self.led_to(FILES)
        for file, content in zip(files, (html.encode(), self.text.encode(), self.message), strict=True):
            file.write_bytes(content)
        return files

    def led_to(self, folder: str) -> str:
        """Return the HTML with files taken from `folder`, because they may not be published before the send."""
        html = self.html
        for file in self.files:
            html = html.replace(escape(file.address), f"{folder}/{file.name}")
        return html


def find_recipient(connection: Connection, address: str) -> Recipient:
    """Return the subscriber with `address` as a Recipient. Raises BadAddress or UnknownSubscriber."""
    row = connection.execute(select(subscribers).where(subscribers.c.address == normalise(address))).first()
    if row is None:
        raise UnknownSubscriber(address=address)
    return Recipient(
        0, row.id, row.address, row.first_name, row.last_name, row.fields or {}, language=row.language.partition("-")[0]
    )


def preview(making: MessageBuilder, email: CompiledEmail, recipient: Recipient) -> Preview:
    """Make the mail as `recipient` would get it."""
    values = making.values(recipient)
    published, email = email.published, email.variants.get(recipient.language, email)
    return Preview(
        html=merge.fill(email.html, values, escape),
        text=merge.fill(email.text, values),
        message=making.build(recipient).content,
        subject=merge.fill(email.subject, values),
        preheader=merge.fill(email.preheader, values),
        files=published,
    )


def unfrozen(post: Post, email: CompiledEmail, head: Letterhead, now: datetime) -> Issue:
    """Wrap a compiled post as issue 0, which is not in the log: for previews and test mails."""
    return Issue(0, post.slug, post.fingerprint, now, 0, 0, email, head)


def builder(issue: Issue, keys: Sequence[str], dkim: DkimSigner | None = None) -> MessageBuilder:
    """Return a builder for the messages of `issue`; the first of `keys` signs its links."""
    return MessageBuilder(issue, LinkSigner(keys, issue.letterhead.list_id), keys[0], dkim)


async def send_proofs(
    making: MessageBuilder, transport: Transport, addresses: Sequence[str]
) -> list[tuple[MailObject, Reply]]:
    """Send one real mail, marked as a test, to each address; return each with the relay's reply. Nothing is logged."""
    proofs = [
        making.build(Recipient(number, 0, normalise(address), NOBODY.first_name, NOBODY.last_name), TEST_MARK)
        for number, address in enumerate(addresses, start=1)
    ]
    return await transmit_all(transport, proofs)
