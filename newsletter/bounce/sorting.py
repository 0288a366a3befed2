"""A letter in, which kind of mail it is out, by how it is built and who wrote it."""

import re

from newsletter.bounce.letter import Letter


def is_feedback(letter: Letter) -> bool:
    """Say whether it is a feedback report (RFC 5965), or one of those that came before them."""
    old = re.match(r"complaint about message from ", letter.words("subject"), re.IGNORECASE)
    return bool(
        letter.report_type == "feedback-report"
        or letter.of_type("message/feedback-report")
        or (old and letter.originals)
    )


def is_report(letter: Letter) -> bool:
    """Say whether a machine's report of a failure is in it."""
    kinds = ("message/delivery-status", "message/global-delivery-status")
    return letter.report_type == "delivery-status" or bool(
        letter.of_type(*kinds) or letter.first("x-failed-recipients")
    )


def is_from_a_server(letter: Letter) -> bool:
    """Say whether it presents itself as written by a mail server about a mail that failed."""
    sender = letter.words("from")
    local = _local_part(sender)
    subject = letter.words("subject")
    # A person who answers or forwards such a mail keeps its subject.
    failed = _FAILED.search(subject) and not _ANSWER.match(subject)
    return bool(_DAEMON.search(local) or _DAEMON_NAME.search(sender) or failed)


def is_automatic(letter: Letter) -> bool:
    """Say whether a machine answered for a person (RFC 3834), by the fields such machines use."""
    submitted = letter.first("auto-submitted").lower()
    return bool(
        submitted.startswith("auto-replied")
        or letter.all("x-autoreply", "x-autorespond", "x-auto-response-suppress", "x-autoresponder", "x-autoreply-from")
        or letter.first("precedence").lower() in ("auto_reply", "auto-reply")
        or letter.first("x-precedence").lower() in ("auto_reply", "auto-reply")
        or is_absence(letter)
    )


def is_absence(letter: Letter) -> bool:
    """Say whether its subject says that somebody is away."""
    return bool(_AWAY.search(letter.words("subject")))


def _local_part(sender: str) -> str:
    """Return what stands before the @ of the address in `sender`; all of it where it has none.

    Not with parseaddr, which calls itself for every bracket and every parenthesis.
    """
    found = _BRACKETED.findall(sender) or _BARE.findall(sender)
    return found[-1] if found else sender


_BRACKETED = re.compile(r"<([^<>@]{1,200})[@>]")
_BARE = re.compile(r"^\s*([^\s<>@()]{1,200})@")
_DAEMON = re.compile(
    r"mailer.?daemon|^post.?master|^mail.?delivery|^mdaemon|^bounces?\b|^double-bounce|^auto-?mailer", re.IGNORECASE
)
_DAEMON_NAME = re.compile(
    r"mail(?:er)?[ _-]?(?:delivery|system|daemon|admin)|delivery sub ?system|system administrator", re.IGNORECASE
)
_ANSWER = re.compile(r"\s*(?:re|fwd?|aw|wg|sv|tr)\s*:", re.IGNORECASE)
_FAILED = re.compile(
    r"undeliver|returned (?:to sender|mail)|returning (?:message )?to sender|delivery (?:fail|status|has fail|notif|"
    r"problem|report)|"
    r"fail(?:ure|ed)[ :-]{0,3}(?:notice|delivery|mail|to deliver)|could(?: not|n.t) be deliver|mail (?:system error|"
    r"fail|delivery)|"
    r"message (?:fail|you sent|not deliver)|non[ -]?(?:remis|deliver)|unzustellbar|nicht zustell|error sending|"
    r"loop alert|"
    r"warning.{0,30}(?:could not send|delay)|can(?:no|')t (?:be )?(?:deliver|send)",
    re.IGNORECASE,
)
_AWAY = re.compile(
    r"^\W{0,3}(?:(?:re|aw|sv|antw)\s*:\s*)?(?:auto(?:matic|mated|matische|matisch)?[ -]?(?:reply|response|answer|"
    r"antwort|svar)|"
    r"out of (?:the )?office|away\b|on (?:holiday|leave|vacation)|vacation|holiday|i am (?:away|out|on)|i.m (?:away|"
    r"out|on)|"
    r"abwesen|automatische? |r[ée]ponse automatique|absen(?:ce|t)|respuesta autom|risposta automatica|autosvar|"
    r"ateb awtomatig|allan o.r swyddfa|不在|自動(?:応答|返信))",
    re.IGNORECASE,
)
