"""What servers say, and what it means; whatever names are in it."""

import pytest

from newsletter.bounces.parse.kinds import BounceReason
from newsletter.bounces.parse.phrases import meant

SAID = {
    BounceReason.NO_SUCH_MAILBOX: [
        "User unknown in virtual mailbox table",
        "no such mailbox",
        "The email account that you tried to reach does not exist",
        "sorry, no mailbox here by that name",
        "Recipient address rejected: Access denied",
        "<spam@full-quota.example>: unknown user",
        "Utilisateur inconnu",
        "Benutzer unbekannt",
    ],
    BounceReason.NO_SUCH_DOMAIN: [
        "Host or domain name not found. Name service error for name=nowhere.test type=A: Host not found",
        "NXDOMAIN",
        "all relevant MX records point to non-existent hosts",
    ],
    BounceReason.TAKES_NO_MAIL: [
        "Domain nowhere.test does not accept mail (nullMX)",
        "an MX record indicated no SMTP service",
    ],
    BounceReason.MOVED: ["The user has moved to another address"],
    BounceReason.FULL: [
        "Mailbox is full",
        "user is over quota",
        "552 Quota exceeded",
        "insufficient disk space",
        "Postfach voll",
    ],
    BounceReason.DISABLED: ["This account has been disabled or discontinued", "Mailbox is frozen", "user suspended"],
    BounceReason.UNREACHABLE: [
        "Connection timed out",
        "mail for nowhere.test loops back to myself",
        "retry timeout exceeded",
    ],
    BounceReason.POLICY: [
        "Message rejected as spam; user unknown to care",
        "Client host [192.0.2.1] blocked using a list",
        "Sender address rejected: Domain not found",
        "We do not accept mail from dynamic addresses",
        "Helo command rejected: Host not found",
        "not accepted due to domain owner's DMARC policy",
        "Relay access denied",
        "too many connections from your host",
    ],
    BounceReason.CONTENT: ["Message size exceeds fixed limit", "a virus was found", "Header error"],
}


@pytest.mark.parametrize(("reason", "words"), [(reason, words) for reason, all_ in SAID.items() for words in all_])
def test_what_a_server_says_is_understood(reason: BounceReason, words: str) -> None:
    assert meant(words) is reason
    assert meant(words.upper()) is reason


@pytest.mark.parametrize(
    "words", ["", "no", "550 Requested action not taken", "it failed, see https://spam.example.org/quota-full"]
)
def test_what_says_nothing_means_nothing(words: str) -> None:
    assert meant(words) is None
