"""Where a reader's own links lead. In: an issue and a signer. Out: its links, all but one token the same for everybody.

To the public pages; or, for a campaign that has none, to the mailbox its bounces come to: whoever wants to leave writes
there, and `newsletter bounces process` reads it. One click (RFC 8058) needs pages.
"""

from collections.abc import Callable

from newsletter.issue import Issue
from newsletter.merge import MergeTag, Piece
from newsletter.message.layout import TOKEN
from subscribers.tokens import LinkSigner


class Ways:
    """The links of one issue."""

    def __init__(self, issue: Issue, signer: LinkSigner) -> None:
        head = issue.letterhead
        self._issue = issue
        self._signer = signer
        self.one_click = bool(head.base_url)
        """Whether a mail program may unsubscribe a reader by itself."""
        base, contact = head.base_url, (head.reply_to or head.sender).address
        self._links = {
            "unsubscribe_url": (f"{base}/u/", True) if base else ("", True),
            "preferences_url": (f"{base}/p/", True) if base else (f"mailto:{contact}", False),
            "web_url": (f"{base}/i/{signer.web(issue.number)}" if base else "", False),
        }

    def token(self, subscriber_id: int) -> str:
        """Make what is one reader's own in their links; without pages it is the whole link."""
        if self.one_click:
            return self._signer.unsubscribe(subscriber_id, self._issue.number)
        head = self._issue.letterhead
        box = head.return_path or head.sender
        tagged = head.return_path is not None  # because bounces to such a mailbox carry tags, too
        return self._signer.unsubscribe_mail(box.address, subscriber_id, self._issue.number, tagged=tagged)

    def unsubscribe_url(self, token: str) -> str:
        """Say where the reader whose token this is leaves."""
        return self._links["unsubscribe_url"][0] + token

    def values(self, token: str) -> dict[str, str]:
        """Say what the merge tags of links become for the reader whose token this is."""
        return {name: start + token if own else start for name, (start, own) in self._links.items()}

    def opened(self, piece: Piece, escaped: Callable[[str], str]) -> list[Piece]:
        """Because most of a link is the same for all, only its token is left open."""
        if not isinstance(piece, MergeTag) or piece.name not in self._links:
            return [piece]
        start, own = self._links[piece.name]
        return [each for each in (escaped(start), TOKEN if own else "") if each != ""]
