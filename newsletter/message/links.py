"""The personal links of a mail. In: an issue and a signer. Out: its links; only a token differs between recipients.

They lead to the public pages. A campaign without pages has them lead to the mailbox for its bounces: a subscriber
unsubscribes by writing there, and `newsletter bounces process` reads it. One click (RFC 8058) needs pages.
"""

from collections.abc import Callable

from newsletter.issue import Issue
from newsletter.merge import MergeTag, Piece
from newsletter.message.layout import TOKEN
from subscribers.tokens import LinkSigner


class PersonalLinks:
    """The links of one issue."""

    def __init__(self, issue: Issue, signer: LinkSigner) -> None:
        head = issue.letterhead
        self._issue = issue
        self._signer = signer
        self.one_click = bool(head.base_url)
        """Whether a mail program may unsubscribe a recipient by itself."""
        base, contact = head.base_url, (head.reply_to or head.sender).address
        self._links = {
            "unsubscribe_url": (f"{base}/u/", True) if base else ("", True),
            "preferences_url": (f"{base}/p/", True) if base else (f"mailto:{contact}", False),
            "web_url": (f"{base}/i/{signer.web(issue.number)}" if base else "", False),
        }

    def token(self, subscriber_id: int) -> str:
        """Make the part of the links that is the recipient's own; without pages it is the whole link."""
        if self.one_click:
            return self._signer.unsubscribe(subscriber_id, self._issue.number)
        head = self._issue.letterhead
        box = head.return_path or head.sender
        tagged = head.return_path is not None  # bounces to such a mailbox carry tags, too
        return self._signer.unsubscribe_mail(box.address, subscriber_id, self._issue.number, tagged=tagged)

    def unsubscribe_url(self, token: str) -> str:
        """Return the unsubscribe link of the recipient with this token."""
        return self._links["unsubscribe_url"][0] + token

    def values(self, token: str) -> dict[str, str]:
        """Return the values of the merge tags of links for the recipient with this token."""
        return {name: start + token if own else start for name, (start, own) in self._links.items()}

    def opened(self, piece: Piece, escaped: Callable[[str], str]) -> list[Piece]:
        """Split the merge tag of a link into its start, the same for all, and the token, which is left open."""
        if not isinstance(piece, MergeTag) or piece.name not in self._links:
            return [piece]
        start, own = self._links[piece.name]
        return [each for each in (escaped(start), TOKEN if own else "") if each != ""]
