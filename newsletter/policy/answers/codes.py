"""Enhanced status codes (RFC 3463, and what providers have added): what each means by itself.

The first digit is left out: it says whether the trouble may pass, not what it is about. A code that many servers use
for many reasons is vague: its words come first, and the code decides only when the words say nothing.
"""

from newsletter.policy.answers.meanings import Meaning

CODES: dict[str, Meaning] = {
    # 1: the address
    "1.1": Meaning.NO_SUCH_MAILBOX,
    "1.2": Meaning.NO_SUCH_DOMAIN,
    "1.3": Meaning.NO_SUCH_MAILBOX,
    "1.4": Meaning.NO_SUCH_MAILBOX,
    "1.6": Meaning.MOVED,
    "1.7": Meaning.SENDER,  # the sender's address
    "1.8": Meaning.SENDER,  # the sender's domain; Outlook: bad outbound sender
    "1.10": Meaning.TAKES_NO_MAIL,  # null MX (RFC 7505); Exchange: no such recipient
    "1.90": Meaning.LIMIT,  # Exchange Online: a day's recipients
    "1.351": Meaning.NO_SUCH_MAILBOX,
    # 2: the mailbox
    "2.1": Meaning.OFF,
    "2.2": Meaning.FULL,
    "2.252": Meaning.SENDER,  # Outlook: SendAsDenied
    # 3: the relay or the recipient's system
    "3.4": Meaning.TOO_LARGE,
    # 4: network and routing
    "4.4": Meaning.NO_SUCH_DOMAIN,
    "4.5": Meaning.LIMIT,  # Gmail: a day's limit of the sender (4yz: congestion)
    "4.310": Meaning.NO_SUCH_DOMAIN,
    # 7: security and policy
    "7.3": Meaning.POLICY,
    "7.8": Meaning.LOGIN,
    "7.13": Meaning.SENDER,  # user account disabled (RFC 5248)
    "7.28": Meaning.TOO_MUCH,
    "7.57": Meaning.LOGIN,  # Outlook: the client was not authenticated
    "7.60": Meaning.SENDER,  # Outlook: send as
    "7.124": Meaning.DECLINED,  # Outlook: a group takes mail from some senders only
    "7.129": Meaning.DECLINED,
    "7.133": Meaning.DECLINED,
    "7.134": Meaning.DECLINED,
    "7.135": Meaning.DECLINED,
    "7.136": Meaning.DECLINED,
    "7.139": Meaning.LOGIN,  # Outlook: SMTP AUTH is switched off
    "7.232": Meaning.LIMIT,  # Exchange Online: a day's external recipients of the tenant
    "7.233": Meaning.LIMIT,
    "7.500": Meaning.TOO_MUCH,
    "7.650": Meaning.TOO_MUCH,
    "7.651": Meaning.TOO_MUCH,
    "7.652": Meaning.TOO_MUCH,
    "7.705": Meaning.SENDER,  # Exchange Online: the tenant has exceeded a threshold and is blocked
    "7.708": Meaning.POLICY,
    "7.750": Meaning.SENDER,  # Exchange Online: a domain that is not registered
}

VAGUE: dict[str, Meaning] = {
    "0.0": Meaning.UNCLEAR,
    "1.0": Meaning.UNCLEAR,
    "2.0": Meaning.UNCLEAR,
    "2.3": Meaning.CONTENT,  # a limit of the mailbox on a mail's length
    "2.4": Meaning.UNCLEAR,
    "3.0": Meaning.UNREACHABLE,
    "3.1": Meaning.UNREACHABLE,
    "3.2": Meaning.UNREACHABLE,
    "4.0": Meaning.UNREACHABLE,
    "4.1": Meaning.UNREACHABLE,
    "4.6": Meaning.SENDER,  # Zoho: unusual sending activity; elsewhere a routing loop, which its words say
    "5.0": Meaning.UNCLEAR,
    "5.3": Meaning.UNCLEAR,  # too many recipients: of one mail, of one connection, of one hour
    "6.0": Meaning.CONTENT,
    "7.0": Meaning.POLICY,
    "7.1": Meaning.POLICY,
}
"""Vague codes: used only when the words say nothing."""

SUBJECTS: dict[str, Meaning] = {
    "3": Meaning.UNREACHABLE,
    "4": Meaning.UNREACHABLE,
    "5": Meaning.UNCLEAR,
    "6": Meaning.CONTENT,
    "7": Meaning.POLICY,
}
"""What a code is about by its second number, when no more is known about it."""
