"""What mail servers say, and what they mean by it: tables of phrases, in the order in which they are believed.

What says that the fault is ours is believed first, because servers that refuse spam are careless of how they put it;
that nobody lives there is believed last. Addresses, links and names of hosts are taken out before a text is looked at:
an address may well be called "spam". Every pattern looks at most 60 characters ahead, so that no text takes long.
"""

import re

from newsletter.bounce.kinds import Reason

_NAME = re.compile(r"://|@|[a-z0-9-]\.[a-z]{2}", re.IGNORECASE)


def plain(text: str) -> str:
    """Take out of `text` whatever is a name rather than a word."""
    return " ".join(word for word in text.split() if not _NAME.search(word))


def meant(text: str) -> Reason | None:
    """Say what the words of a server mean; None where none of them is known."""
    words = plain(text)
    return next((reason for reason, pattern in _TABLE if pattern.search(words)), None)


def is_full_or_off(text: str) -> bool:
    """Say whether the words are about a mailbox that is there, but full or switched off."""
    words = plain(text)
    return bool(_FULL.search(words) or _DISABLED.search(words))


def _any_of(*phrases: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{phrase})" for phrase in phrases), re.IGNORECASE)


_NO = r"(?:reject|block|denied|deny|refused|banned|prohibited|not (?:allowed|permitted|accepted|authori[sz]ed|welcome))"
_POLICY = _any_of(
    # of spam
    r"\bspam|\bunsolicited\b|\bjunk(?:ed| mail)\b|\bphish|\bspoof|\bsuspicious\b|\bmalicious\b|\babuse\b|"
    r"\bcomplaints?\b",
    r"\b(?:bulk|mass)[ -]?(?:e?mail|mailing)|\bfilter(?:ed|s|ing)?\b|\bquarantin",
    # of lists and rules
    r"black ?-?list|block ?-?list|deny ?-?list|gr[ae]y ?-?list|\bRBL\b|\bDNSBL\b|\breputation\b|\bpoor standing\b",
    r"\bpolic(?:y|ies)\b|\bsecurity (?:reason|rule|violation|risk)|rejected by (?:filter|rule|content)",
    r"\b(?:is|are|was|been|temporarily|permanently) (?:blocked|banned)\b(?<!account is blocked)",
    r"\bblocked (?:by|for|due|using|because|see)\b|\bon our block\b|\bIP\b.{0,40}\bblocked\b",
    r"\baccess denied\b|\bpermission denied\b|\bnot (?:authori[sz]ed|permitted|permit|allowed) to (?:send|post|relay)",
    # of who we are
    r"\b(?:SPF|DKIM|DMARC|ARC)\b|\bunauthenticated\b|\bnot authenticated\b|\bauthenticate\b",
    r"\bauthentication (?:is )?(?:required|failed|failure)|\bTLS (?:is )?required|\bissue a STARTTLS|"
    r"\bencryption (?:is )?(?:required|needed)",
    r"\breverse (?:dns|lookup|mapping|hostname|ip)|\brdns\b|\bPTR\b|\bvalid hostname|\bresolve your (?:ip|host|domain)",
    rf"\b(?:client|sender|sending|your) (?:host|ip|server|network|domain|address)\b.{{0,60}}\b(?:{_NO}|not (?:found|"
    rf"exist))",
    r"\bsender\b.{0,40}\b(?:reject|verif|denied|invalid|unknown|blocked|not (?:exist|allowed|found|valid|accepted))",
    r"\b(?:invalid|unknown|bad|forged) sender\b|\bsender (?:address|domain)\b|\b(?:unknown|invalid) .{0,12}mail ?from",
    r"\bMAIL FROM\b.{0,60}\b(?:reject|denied)|\bsending mail of domain|\bhelo\b.{0,30}\b(?:reject|invalid|denied)",
    rf"\b(?:you|your (?:mail|message|e-?mail|isp))\b.{{0,40}}\b{_NO}",
    r"\bmessages? (?:from|with)\b.{0,40}\b(?:weren.t sent|not accepted|reject|deferred)|\bconnections? not accepted\b",
    r"\bnot accept(?:ing|ed)? .{0,40}from (?:you|your)|\bnot accept (?:any )?(?:e-?)?mails? (?:from|with|which|that)\b|"
    r"\brefus\w+ .{0,20}(?:your|from) ",
    rf"\brelay(?:ing)?\b.{{0,40}}\b(?:{_NO}|access|quota)|\b(?:no|unable to) relay|\bnot our customer\b|"
    rf"\bnot local to this\b",
    # of how much we send
    r"\btoo many\b(?! hops)|\brate[ -]?limit|\bthrottl|\btoo (?:fast|frequent|much mail\b(?! data))|"
    r"\bunexpected volume\b",
    r"\blimit (?:exceeded|reached)(?<!quota limit exceeded)|\bdaily .{0,12}quota|\bunusual (?:rate|volume|traffic)",
    r"\bexceed\w* .{0,30}(?:\brate\b|connections|per (?:hour|day|minute)|sending)",
    # of whom they take mail from
    r"\b(?:recipient|user)(?:.s)? (?:preferences|settings)|\bprivacy settings\b|\bonly accept\w* (?:e-?)?mails? from\b",
    r"\bblocked by the (?:recipient|user)|\baccount is protected\b|NotAuthorized|\brestricted\b|\brefuse to receive\b",
    r"\bregistered users only\b|\bmembers? only\b|\ballowed to post\b|\bsubscriber",
)
_CONTENT = _any_of(
    r"\bvirus|\bmalware\b|\binfected\b|\btrojan\b|\bmedia error\b",
    rf"\bcontent\b.{{0,40}}\b(?:{_NO}|violat|restrict|filter|error)|\b(?:rejected|blocked|"
    rf"refused)\b.{{0,30}}\bcontent\b",
    r"\b(?:message|mail|e-?mail|headers?|size|length)\b.{0,40}(?:\btoo (?:big|large|long)|\bexceed\w*.{0,20}"
    r"(?:size|limit|maximum|fixed)|\blimit set by)",
    r"\b(?:maximum|max) (?:message )?size\b|\bsize (?:limit|restriction)\b",
    r"\bheader (?:error|is malformed|missing)|\bmalformed (?:message|header|address|mime|recipient)|"
    r"\baddresses in from\b",
    r"\b(?:attachment|executable|zip)s?\b.{0,40}\b(?:not (?:allowed|accept)|reject|block|prohibit)",
    r"\bbare (?:lf|cr|line)|\bline too long|\bsyntax error\b|\bcommand (?:parameter )?not (?:implemented|"
    r"recogni[sz]ed)",
    r"\b8bit|\bSMTPUTF8|\bbase64\b|\bencoding\b|\bduplicate[d]? message|\bmessage-id\b.{0,30}(?:duplicat|missing|"
    r"invalid)",
)
_BOX = r"(?:mail ?box|in-?box|account|disk|folder|mailfolder|maildir|storage|user|recipient|quota)"
_FULL = _any_of(
    rf"\b{_BOX}\b.{{0,40}}\bfull\b|\bfull (?:mail ?box|in-?box)\b|\bover ?quota\b|\btoo much mail data\b",
    r"\b(?:over|exceed\w*|out of|insufficient|not enough|no) .{0,24}(?:quota|storage|disk ?space|(?:mail ?box|"
    r"allocated) "
    r"(?:size|space|limit))",
    r"\bquota\b.{0,40}\b(?:exceed|full|violat|reach|over|limit|exhaust)",
    r"\bmail ?box (?:size|limit)\b.{0,30}\b(?:exceed|reach|limit)|\bmailbox (?:has |.{0,20})exceed",
    r"\bPostfach\b.{0,30}\bvoll\b|\bbo[iî]te\b.{0,30}\bpleine|\bbuz[oó]n\b.{0,30}\bllen[oa]\b|容量.{0,12}(?:超|不足)|"
    r"переполнен",
)
_OFF = r"(?:disabled|inactive|suspended|locked|frozen|deactivated|closed|expired|dormant)"
_DISABLED = _any_of(
    rf"\b(?:account|mail ?box|user|recipient|address|e-?mail|domain|compte)\b.{{0,50}}\b(?:{_OFF}|blocked|bloque|"
    r"discontinued|terminated|not active|on hold)",
    rf"\b{_OFF} (?:account|mail ?box|user|recipient|address|e-?mail)|\bnot active\b",
)
_MOVED = _any_of(
    r"\b(?:user|recipient|mail ?box|address|account|they|he|she) .{0,30}\bha(?:s|ve) (?:been )?moved\b|"
    r"\bhas moved to\b",
    r"\bno longer on (?:this |the )?server\b|\baddress has changed\b|\bnew address is\b|\bchanged (?:his|her|"
    r"their) address\b",
)
_TAKES_NO_MAIL = _any_of(
    r"\bdo(?:es)? not accept (?:any )?(?:e-?)?mail\b(?! (?:from|with|which|that|contain))|\b(?:indicated|has|"
    r"offers) no SMTP service\b|\bnull ?MX\b",
    r"\bdomain\b.{0,40}\b(?:does not|doesn.t|never) (?:accept|receive)\w* (?:any )?(?:e-?)?mail|\baccepts? no mail\b",
    r"\bsystem not accepting network messages\b|\bno (?:mail|smtp) service (?:here|at)|"
    r"\bcouldn.?t find a mail exchanger",
)
_NO_SUCH_DOMAIN = _any_of(
    r"\b(?:host|domain)(?: name)?s? (?:is )?(?:unknown|not (?:found|exist|known|resolvable)|does(?: not|n.t) exist|"
    r"could not be found|non-?existent)",
    r"\b(?:unknown|no such|unroute?able|non-?existent|invalid|bad) (?:mail )?(?:host|domain)|\bNXDOMAIN\b",
    r"\bdomain .{0,20}\bdoes ?n[o']t exist\b|\bcouldn.?t find any host\b|\bhost\b.{0,60}\bnot found\b",
    r"\bno (?:mx|a|aaaa|address|dns) .{0,30}(?:record|host)s? (?:for|found|exist)|\bpoint to non-?existent hosts\b",
)
_WHO = (
    r"(?:user|mail ?box|recipient|address|account|person|addressee|e-?mail(?: address| account)?|member|customer|alias|"
    r"mail ?drop|user ?id|username|local ?part|destinataire|utilisateur|empf[aä]nger|benutzer|usuario|destinatario)"
)
_NOT_THERE = (
    r"(?:unknown|non-?existent|invalid|not (?:be )?(?:found|exist(?:s|ing)?|known|recogni[sz]ed|listed|valid|here|"
    r"a valid)|"
    r"(?:do|does|did|was|were|could|can|is)(?: not|n.t|not) (?:be )?(?:exist|found|known|recogni[sz]ed|valid|listed|"
    r"a (?:valid|known))|no longer (?:exists|valid|available|in use)|inconnue?|invalide|unbekannt|existiert nicht|"
    r"nicht (?:gefunden|bekannt)|desconocido|no existe|inexistent)"
)
_NO_SUCH_MAILBOX = _any_of(
    rf"\b{_WHO}(?:\(s\))?\b.{{0,40}}?\b{_NOT_THERE}",
    rf"\b(?:unknown|no such|non-?existent|not (?:a |an )?(?:known|valid|existing)|invalid|bad|unbekannter?|"
    rf"unrecogni[sz]ed) "
    rf"(?:or illegal |local |final delivery |destination |virtual |e-?mail |mail )?{_WHO}",
    r"\bno (?:mail ?box|user|account|recipient)s? (?:here |with |by |of |called |for )|\b(?:nobody|no ?one) (?:here|"
    r"at this|by that)",
    r"\bnot our user\b|\b(?:user|address) not (?:here|local)\b|\bunable to find (?:the )?(?:user|recipient|mail ?box)",
    r"\bverification failed for recipient\b|\b(?:bad|invalid)-recipient|\bvalid ?rcpt|\bbad ?rcpt|\brecipient not ok\b",
    r"\b(?:doesn.t|does not) have an? .{0,24}account\b|\bwasn.t found at\b|\bundeliverable address\b|"
    r"\bcan.t accept user\b",
    r"\binactive email address\b|\bunroute?able address\b|\bunknown local-part\b|#5\.1\.0 address rejected",
)
_UNREACHABLE = _any_of(
    r"\btim(?:ed|e) ?-?out\b|\bexpired\b|\btoo long\b|\bno route\b|\bunreachable\b|\bnot reachable\b|\bsocket error\b",
    r"\bcould not (?:connect|be reached)|\bunable to (?:connect|contact|reach)|"
    r"\bdid not accept our requests to connect\b",
    r"\bconnect(?:ion)?\b.{0,30}\b(?:refused|reset|failed|lost|dropped|closed|error|timed)",
    r"\b(?:retry|retries|attempts)\b|\bgiving up\b|\btoo many hops\b|\bhop count\b",
    r"\b(?:mail|routing|message) loop\b|\bloops? back\b|\bloop(?:ing)? (?:detected|alert)",
    r"\btemporar(?:y|ily)\b|\btry (?:again )?later\b|\bservice (?:currently )?(?:un|not )available\b",
    r"\bunexpected name server reply|\b(?:system|server|local|internal|mailer|configuration|lookup|DNS|LDAP|database|"
    r"i/o|lock) "
    r"(?:error|failure|problem|resources)",
    r"\bcannot (?:open|append|write|create)|\berror while writing\b|\bread-?only\b|\bmail system\b.{0,20}(?:busy|full)",
)
_TABLE = (
    # These two contain words of the tables that follow.
    (Reason.NO_SUCH_MAILBOX, _any_of(r"\brecipient address rejected: access denied\b", r"\binactive email address\b")),
    (Reason.POLICY, _POLICY),
    (Reason.CONTENT, _CONTENT),
    (Reason.FULL, _FULL),
    (Reason.TAKES_NO_MAIL, _TAKES_NO_MAIL),
    (Reason.DISABLED, _DISABLED),
    (Reason.MOVED, _MOVED),
    (Reason.NO_SUCH_DOMAIN, _NO_SUCH_DOMAIN),
    (Reason.NO_SUCH_MAILBOX, _NO_SUCH_MAILBOX),
    (Reason.UNREACHABLE, _UNREACHABLE),
)
