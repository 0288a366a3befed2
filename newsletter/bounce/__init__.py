"""The bytes of a mail to the bounce mailbox in, what it is out: Bounce, Complaint, Unsubscribe, AutoReply or Unknown.

Whose mail it was is known only from a signature of ours: in the address it came to, or in the head of the original
that came with it. What a report says about addresses is shown and never believed, because anybody can write a report.
Nothing here knows database, wire or clock; any bytes at all are read, in bounded time.

letter           bytes → fields, prose, reports, the head of the original
notice           Amazon's JSON → a report
delivery_status  the machine's part of a report (RFC 3464)
prose            what servers write instead
phrases          what they say, and what they mean by it
diagnosis        status, words and stage → why it came back
feedback         complaints (RFC 5965)
failure          letter → what is said about each address
sorting          letter → which kind it is
addresses        addresses in what nobody else understands, to be shown
identity         whose it was
policy           what is to follow
reader           all of these, in their order
"""

from newsletter.bounce.kinds import (
    AutoReply,
    Bounce,
    Class,
    Complaint,
    Identity,
    News,
    Reason,
    Report,
    Unknown,
    Unsubscribe,
)
from newsletter.bounce.reader import Reader

__all__ = [
    "AutoReply",
    "Bounce",
    "Class",
    "Complaint",
    "Identity",
    "News",
    "Reader",
    "Reason",
    "Report",
    "Unknown",
    "Unsubscribe",
]
