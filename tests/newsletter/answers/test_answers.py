"""The table of meanings: what servers of many services say, and what it is about."""

from hypothesis import given
from hypothesis import strategies as st

from newsletter.policy.answers import Meaning, likeness, read_answer, shown_for_many
from newsletter.policy.answers.hints import comes_back_after, window_of
from newsletter.policy.reply import Stage
from tests.newsletter.deliver.simulated import said

SAID = {
    Meaning.LOGIN: [
        "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant.",
        "530 5.7.57 SMTP; Client was not authenticated to send anonymous mail during MAIL FROM",
        "535 Authentication credentials invalid",
        "534 5.7.9 Application-specific password required.",
        "535-5.7.8 Username and Password not accepted",
        "530 5.7.1 Authentication required",
        "535 5.7.3 Authentication unsuccessful",
    ],
    Meaning.SENDER: [
        (
            "550 The from address does not match a verified Sender Identity. Mail cannot be sent until this "
            "error is resolved."
        ),
        (
            "554 Message rejected: Email address is not verified. The following identities failed the check "
            "in region EU-WEST-1: news@example.org"
        ),
        "554 5.2.252 SendAsDenied; news@example.org not allowed to send as x",
        "550 5.1.8 Access denied, bad outbound sender",
        "553 Relaying disallowed as news@example.org",
        "554 Sandbox subdomains are for test purposes only. Please add your own domain",
        "550 5.4.6 Unusual sending activity detected. Please try after sometime",
        "421 Domain example.org is not allowed to send: Please activate your Mailgun account. Check your inbox",
        "451 Authentication failed: Maximum credits exceeded",
        "550 5.7.60 SMTP; Client does not have permissions to send as this sender",
        "553 5.7.1 <news@example.org>: Sender address rejected: not owned by user bob",
        "550 message sending for this account is disabled",
        "554 5.7.1 <x@example.org>: Relay access denied",
        "550 5.7.1 Unable to relay",
        "550 relay not permitted",
        "403 You are not authorized to send from that email address",
        "550 5.7.1 Sender not authorized",
        "550 5.1.0 Sender denied",
        "550-Verification failed for <news@example.org> 550 Sender verify failed",
        "550 Your account has been suspended. Contact support",
        "554 5.7.1 Your account is disabled for sending",
        "525 5.7.13 User account disabled",
        "550 5.7.1 Insufficient credits",
        "550 5.7.1 You are not allowed to send mail from this address",
        "501 5.1.7 Bad sender address syntax",
        "550 Invalid signature or domain not verified",
        "450 4.1.8 <news@example.org>: Sender address rejected: Domain not found",
        "550 Access denied - Invalid HELO name: sender not permitted",
        "550 Sender address is not allowed.",
        "554 5.7.1 Sender address not validated in your account",
        "502 5.7.0 Your SMTP account is not yet activated. Contact us",
        "550 Sender Signature not found",
        "550 5.7.1 Unconfigured Sending Domain <example.org>",
        "550 5.7.1 relaying denied - invalid sending domain",
        "550 From address not permitted",
        "550 Cannot send from this address: alias not confirmed",
        "550 5.1.8 Sender domain not found",
        "550 5.7.1 Account blocked for outgoing mail",
        "554 5.7.1 Outgoing mail from your account has been disabled",
        "554 5.7.1 Message submission rejected: mailbox is not entitled to send",
        "571 Your plan has expired. Renew your plan",
        "550 Administrative prohibition: sender account suspended",
        "550 Your IP address is not authorized to send mail through this server",
        "550 5.7.64 TenantAttribution; Relay Access Denied",
        "554 Access denied: User `user/x' is not authorized to perform `ses:SendRawEmail'",
        "550 Domain not verified",
        "550 This domain is not authorized for sending",
        "554 5.7.1 <news@example.org>: Sender address rejected: Access denied",
        "553 5.7.1 From address and login do not match",
        "550 5.7.1 Your message was rejected because your account is under review",
        "451 4.7.1 Your account has been temporarily locked",
        "421 4.7.0 Account suspended for abuse",
        "550 5.7.0 Please verify your email address before sending",
        "550 free accounts may only send to verified addresses",
    ],
    Meaning.POLICY: [
        "550 5.7.26 This mail is unauthenticated, which poses a security risk to the sender and Gmail users",
        "550 5.7.515 Access denied, sending domain example.org does not meet the required authentication level.",
        "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.example",
        "554 5.7.1 Message rejected as spam",
        "550 5.7.501 Access denied, spam abuse detected",
        "550 This message was classified as SPAM and may not be delivered",
        "550 5.7.1 Message contains spam or malware",
        "554 5.7.9 Message not accepted for policy reasons",
        "550 5.7.25 The IP address sending this message does not have a PTR record setup",
    ],
    Meaning.TOO_LARGE: [
        "552 5.3.4 Message size exceeds fixed maximum message size",
        "552 Message too large",
        "552 5.3.4 Error: message file too big",
    ],
    Meaning.LIMIT: [
        "454 Throttling failure: Daily message quota exceeded.",
        "550 5.4.5 Daily user sending limit exceeded.",
        (
            "550 5.7.232 Your message can't be sent because your trial tenant has exceeded its daily limit "
            "for sending email to external recipients."
        ),
        "550 5.1.90 Your message can't be sent because you've reached your daily limit for message recipients",
        "450 4.7.1 <name@example.org>: Recipient address rejected: Policy Rejection- Quota Exceeded.",
        "452 4.5.3 Your message could not be sent because you have reached a limit for sending mail.",
        "550 5.7.1 Monthly email limit reached",
        "421 4.7.0 You have exceeded your daily sending quota",
        "552 5.7.1 Exceed Sending Limit (monthly)",
        "550 5.7.0 Mail quota exceeded for today",
        "550 5.2.0 Submission quota exceeded",
        "554 5.7.1 You have exceeded the limit of 200 mails per day",
        "421 4.7.0 Message quota for your account reached",
        "550 5.7.1 Outgoing message limit has been reached for this account",
        "451 4.3.0 sending limit reached, try again tomorrow",
        "450 4.7.1 Daily limit of 500 recipients exceeded",
        "550 You have used all your monthly emails",
        "452 4.3.1 Your daily allowance is used up",
    ],
    Meaning.HOURLY: [
        "550 Domain example.org has exceeded the max emails per hour (150/150 (100%)) allowed. Message discarded.",
        "550 exceeded hour limit",
        "450 4.7.1 <x@example.org>: Recipient address rejected: Number messages per hour exceeded",
        "451 You have exceeded the maximum of 100 messages per hour",
        "550 5.7.1 Too many messages sent in the last hour",
        "451 4.7.1 Sender has exceeded 300 emails per hour. Try again later",
        "550 5.7.1 hourly sending limit reached for user bob",
        "421 Hourly quota exceeded",
    ],
    Meaning.RATE: [
        "454 Throttling failure: Maximum sending rate exceeded.",
        '451 4.7.1 Ratelimit "user_hourly" exceeded',
        "550 Sender frequency limited",
        "421 4.3.2 Rate limit: 30 messages per minute",
        "421 4.4.5 Too many messages too quickly",
        "451 MI:SFQ, frequency of sender exceeded",
        "421 4.7.0 Slow down, you are sending too fast",
        "450 4.4.2 Rate limited: max 5 messages/second",
        "451 4.7.0 throttled",
        "450 Too many requests",
    ],
    Meaning.CROWD: [
        "432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded",
        "421 Too many concurrent SMTP connections; please try again later.",
        "421 4.7.0 Too many connections from your IP",
        "421 4.7.0 too many sessions",
        "450 4.7.0 Error: too many connections from 192.0.2.1",
        "421 4.3.2 maximum number of concurrent connections reached",
        "452 4.3.2 too many simultaneous deliveries",
    ],
    Meaning.TOO_MUCH: [
        "421 4.7.28 Our system has detected an unusual rate of unsolicited mail",
        "421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to unexpected volume or user complaints",
    ],
    Meaning.LINE: [
        "451 Mails per session limit exceeded.",
        "452 4.5.3 Too many messages in this session",
        "421 4.7.0 mail.example.org Error: too many errors",
        "421 Connection closed by server. Maximum message count per session reached.",
        "452 4.4.5 Maximum number of messages per session exceeded.",
        "421 4.4.2 Connection reached its message limit, please reconnect",
        "421 4.7.0 Too many invalid recipients, closing connection",
        "554 5.7.0 too many unknown recipients",
        "452 4.5.3 Error: too many messages on this connection",
        "421 max message count per connection reached",
        "450 MI:DMC, mails in one connection exceed the limit",
        "421 4.7.0 Too many messages in one session, please reconnect",
        "421 4.3.2 You have exceeded the number of messages per connection",
        "550 5.5.3 Maximum number of transactions in this session exceeded",
        "421 too many bad commands",
        "421 4.7.0 Maximum number of errors exceeded",
    ],
    Meaning.NO_SUCH_MAILBOX: [
        "550 5.1.1 <x@example.org>: Recipient address rejected: User unknown in relay recipient table",
        "550 5.1.1 The email account that you tried to reach does not exist.",
        "550 No such user here",
        "550 5.1.1 user unknown",
        (
            "550 5.1.1 <x@example.org>: Recipient address rejected: undeliverable address: host "
            "mx.example.net[192.0.2.9] said: 554 5.7.1 <x@example.org>: Relay access denied (in reply to "
            "RCPT TO command)"
        ),
        "550 Unknown recipient",
        "550 Mailbox does not exist",
        "550 5.1.1 RESOLVER.ADR.RecipNotFound; not found",
        "550 5.1.1 sorry, no mailbox here by that name",
    ],
    Meaning.FULL: [
        "552 5.2.2 The message would exceed the quota of this mailbox",
        "552 The message would exceed the quota of this mailbox",
        "452 4.2.2 The email account that you tried to reach is over quota",
        "552 5.2.2 Over quota",
        "550 mailbox full",
        "552 5.2.2 user over quota; cannot receive new mail",
        "452 4.2.2 Mailbox full",
    ],
    Meaning.OFF: [
        (
            "450 4.2.1 The user you are trying to contact is receiving mail at a rate that prevents "
            "additional messages from being delivered"
        ),
        (
            "554 delivery error: dd Sorry your message to x@example.net cannot be delivered. This account "
            "has been disabled or discontinued [#102]."
        ),
        "550 5.2.1 The email account that you tried to reach is disabled.",
        "550 5.2.1 This mailbox has been blocked due to inactivity",
        "554 5.7.1 The recipient's mailbox is disabled",
    ],
    Meaning.DECLINED: [
        "554 5.7.1 recipient address was suppressed due to customer policy",
        "550 Mail is rejected by recipients",
        "550 5.7.1 You are not allowed to post to this mailing list",
        "550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required",
        "550 5.7.1 The recipient has blocked messages from this sender",
    ],
    Meaning.GREYLISTED: [
        "451 4.7.1 Greylisted, please try again in 300 seconds",
        "450 4.2.0 <x@example.org>: Recipient address rejected: Greylisted",
    ],
    Meaning.UNREACHABLE: [
        "451 4.3.0 Temporary lookup failure",
    ],
    Meaning.UNCLEAR: [
        "550 Requested action not taken: mailbox unavailable",
    ],
}
AMBIGUOUS = [
    # Words that speak of a mailbox or an account, and may be about ours.
    "550 Requested action not taken: mailbox unavailable",
    "550 quota exceeded",
    "550 Account disabled",
    "550 5.7.1 No such user for this sender's blacklisted network",
    "554 5.7.1 user unknown",
]
CLEAR = [
    "550 5.1.1 No such user here",
    "550 User unknown in virtual alias table",
    "552 5.2.2 quota exceeded",
    "550 mailbox full",
    "550 5.7.133 restricted to members of the group",
    "450 4.2.1 The user is receiving mail at a rate that prevents more",
    (
        "550 5.1.1 <a@example.org>: Recipient address rejected: undeliverable address: host mx.test[192.0.2.9] said: "
        "550 5.1.1 user unknown (in reply to RCPT TO command)"
    ),
]


def test_what_is_said_means_what_the_table_says() -> None:
    for meaning, wordings in SAID.items():
        for words in wordings:
            reply = said(Stage.RCPT, words)
            assert reply.code
            assert read_answer(reply.code, reply.enhanced, reply.text).meaning is meaning, words


def test_words_are_read_whatever_their_case() -> None:
    for meaning, wordings in SAID.items():
        for words in wordings:
            reply = said(Stage.RCPT, words.upper())
            assert reply.code
            assert read_answer(reply.code, reply.enhanced, reply.text).meaning is meaning, words


def test_only_what_leaves_no_doubt_is_taken_to_be_about_the_recipient() -> None:
    for wordings, clear in ((AMBIGUOUS, False), (CLEAR, True)):
        for words in wordings:
            reply = said(Stage.RCPT, words)
            assert reply.code
            assert read_answer(reply.code, reply.enhanced, reply.text).clear is clear, words


@given(
    st.integers(400, 599), st.sampled_from(["", "4.7.0", "5.1.1", "5.2.2", "5.7.1", "5.999.1"]), st.text(max_size=300)
)
def test_any_answer_is_read_and_clear_only_where_it_is_about_the_recipient(code: int, status: str, text: str) -> None:
    meaning, clear = read_answer(code, status, text)
    assert not clear or meaning.about_recipient


def test_the_same_answer_to_two_people_is_alike_and_another_is_not() -> None:
    ada = "5.7.1 <ada@example.org>: rejected by rule 17, ticket 7f3a-99XK; see https://help.test/?id=ada"
    ben = "5.7.1 <ben@example.org>: rejected by rule 4, ticket 11bc-00QQ; see https://help.test/?id=ben"
    assert likeness(550, ada) == likeness(550, ben)
    assert likeness(550, "no xKcdQpLm") == likeness(550, "no QpLmxKcd")
    assert likeness(550, ada) != likeness(554, ada)
    assert likeness(550, "we are closed") != likeness(550, "we are open")


def test_what_is_shown_for_many_names_nobody() -> None:
    words = "5.1.1 <ada@example.org>: Recipient address rejected: User unknown (id 4XyZ12AB99) at mx1.example.org"
    assert shown_for_many(words) == "5.1.1 …: Recipient address rejected: User unknown (id … at …"
    assert shown_for_many("4.7.28 unusual rate") == "4.7.28 unusual rate"
    assert shown_for_many("") == ""


def test_when_to_come_back_is_read_from_the_words() -> None:
    for words, seconds in {
        "Too many messages. Try again in 92 seconds.": 92,
        "slow down, retry after 15 minutes": 900,
        "quota resets in 2 hours": 7200,
        "Daily limit of 500 recipients exceeded": 0,
        "try again later": 0,
    }.items():
        assert comes_back_after(words) == seconds, words
    for words, seconds in {"30 messages per minute": 60, "max emails per hour": 3600, "rate exceeded": 1}.items():
        assert window_of(words) == seconds, words
