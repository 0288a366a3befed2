"""Says which kind of mail a letter is, by its structure and its sender."""

import re

from newsletter.bounces.parse.letter import Letter


def is_feedback(letter: Letter) -> bool:
    """Say whether it is a feedback report (RFC 5965), or a complaint in the older form."""
    old = re.match(r"complaint about message from ", letter.words("subject"), re.IGNORECASE)
    return bool(
        letter.report_type == "feedback-report"
        or letter.of_type("message/feedback-report")
        or (old and letter.originals)
    )


def is_report(letter: Letter) -> bool:
    """Say whether it holds a machine-readable report of a failure."""
    kinds = ("message/delivery-status", "message/global-delivery-status")
    return letter.report_type == "delivery-status" or bool(
        letter.of_type(*kinds) or letter.first("x-failed-recipients")
    )


def is_from_a_server(letter: Letter) -> bool:
    """Say whether it claims to come from a mail server, about a mail that failed."""
    sender = letter.words("from")
    local = _local_part(sender)
    subject = letter.words("subject")
    # A person who answers or forwards such a mail keeps its subject.
    failed = _FAILED.search(subject) and not _ANSWER.match(subject)
    return bool(_DAEMON.search(local) or _DAEMON_NAME.search(sender) or failed or _is_of_a_carrier(letter))


def _is_of_a_carrier(letter: Letter) -> bool:
    """Say whether it begins like a bounce of a Japanese carrier (KDDI), which uses a person's name as the sender."""
    return any(_CARRIER.match(text[:MOST_LOOKED_AT]) for text in letter.of_type("text/plain"))


def is_of_a_list(letter: Letter) -> bool:
    """Say whether mailing list software (FML) wrote it, to say why it did not pass a mail on."""
    own = _FML.search(letter.first("message-id")) and "fml" in letter.first("x-mlserver").lower()
    return bool(own and _NOT_PASSED_ON.search(letter.words("subject")))


def is_automatic(letter: Letter) -> bool:
    """Say whether a machine answered for a person (RFC 3834), by the fields such machines use, or by the subject."""
    return says_it_is_automatic(letter) or is_absence(letter)


def says_it_is_automatic(letter: Letter) -> bool:
    """Say whether a machine answered for a person, by the fields such machines use."""
    submitted = letter.first("auto-submitted").lower().partition(";")[0].strip()
    return bool(
        submitted not in ("", "no")
        or letter.all("x-autoreply", "x-autorespond", "x-auto-response-suppress", "x-autoresponder", "x-autoreply-from")
        or {letter.first("precedence").lower(), letter.first("x-precedence").lower()} & _PRECEDENCES
        or _FML.search(letter.first("message-id"))
    )


def is_absence(letter: Letter) -> bool:
    """Say whether its subject says that the recipient is away."""
    return bool(_AWAY.search(letter.words("subject")))


def _local_part(sender: str) -> str:
    """Return the part before the @ of the address in `sender`; all of `sender` if there is no address.

    It does not use parseaddr, which recurses for every bracket and every parenthesis.
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
MOST_LOOKED_AT = 2000
"""How many characters of a text are read to see how it begins."""
_PRECEDENCES = {"auto_reply", "auto-reply", "junk", "bulk"}
_CARRIER = re.compile(
    r"\s*your mail (?:sent|attempted to be delivered) on:[^\n]{0,200}\n\s*could not be delivered to:", re.IGNORECASE
)
_FML = re.compile(r"<\d{8,14}\.FML", re.IGNORECASE)
_NOT_PASSED_ON = re.compile(
    r"\bnot (?:a )?member|\bloop\b|\breject|\bsecurity alert\b|\bduplicate|\bden(?:y|ied)\b|"
    r"\bnot (?:allowed|permitted)|\bignored\b|\bfilter",
    re.IGNORECASE,
)
_AWAY = re.compile(
    r"^\W{0,3}(?:(?:re|aw|sv|vs|antw|odp|rv)\s*:\s*)?(?:"
    r"auto(?:matic|mated|matische|matisch|matisk|matiskt)?[ -]?(?:reply|response|answer|antwort|antwoord|svar)|"
    r"out of (?:the )?office|away\b|on (?:holiday|leave|vacation)|vacation|holiday|i am (?:away|out|on)|i.m (?:away|"
    r"out|on)|(?:re: )?annual leave|ateb awtomatig|allan o.r swyddfa|"
    r"abwesen|automatische? |nicht im (?:b[üu]ro|hause?)\b|(?:im )?urlaub\b|afwezig|niet aanwezig|buiten kantoor|"
    r"r[ée]ponse automatique|absen(?:ce|t)|(?:en )?cong[ée]s?\b|message d.absence|hors du bureau|"
    r"respuesta autom|fuera de (?:la )?oficina|ausen(?:cia|te)|(?:de )?vacaciones|"
    r"risposta automatica|fuori (?:ufficio|sede)|assen(?:za|te)|in ferie\b|"
    r"resposta autom|fora do escrit|aus[êe]n(?:cia|te)|(?:de |em )?f[ée]rias\b|"
    r"fr[åa]nvaro|fr[åa]nvarande|(?:på )?semester\b|(?:ej|inte|ikke) på kontoret|"
    r"frav[æa]r|(?:ute av|utenfor|ude af) kontoret|(?:på )?ferie\b|"
    r"automaattinen|poissa\b|poissaolo|lomalla\b|"
    r"automatick[áa] odpov|mimo kancel|nep[řr][íi]tomn|dovolen[áa]\b|"
    r"automatyczna odpow|odpowied[źz] automatyczna|autoodpow|poza biurem|nieobecno|(?:na )?urlop|"
    r"автоответ|автоматический ответ|отсутств|(?:я )?в отпуске|(?:вне|не в) офис|"
    r"自动(?:回复|答复|应答)|自動(?:応答|返信|送信|回覆|回復)|不在|外出|休[假暇]|假期)",
    re.IGNORECASE,
)
