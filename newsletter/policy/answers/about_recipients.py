"""Phrases about one recipient: their mailbox, their own rules, or that there is no such mailbox."""

from newsletter.policy.answers.phrase import any_of

# One recipient's mailbox: these come before all other phrases, because they can only be about this recipient.
_MAILBOX = r"(?:mail ?box|in-?box|mail ?drop|mail ?folder|maildir|(?:recipient|user|addressee)(?:.s)?)"
MAILBOX_FULL = any_of(
    rf"\b{_MAILBOX}\b.{{0,30}}\b(?:is |was |currently |almost )?(?:full|over ?quota|out of (?:space|storage))\b",
    rf"\b{_MAILBOX}\b.{{0,20}}\b(?:has |have |would |is )?(?:exceed\w*|reach\w*|over|hit)\b.{{0,30}}\b(?:quota|"
    r"storage|disk|space|size|allocat|allowed)",
    rf"\b(?:over|exceed\w*|beyond) .{{0,20}}\b(?:quota|storage|size|space)\b.{{0,20}}\b{_MAILBOX}\b",
    rf"\b{_MAILBOX} (?:disk |storage |mail )?quota\b|\bquota\b.{{0,20}}\b(?:of|for|in) (?:this|the|that|your|their|"
    rf"his|her)? ?{_MAILBOX}\b",
    r"\bfull (?:mail ?box|in-?box)\b|\b(?:user|recipient) (?:is |has |was )?(?:over|exceeded) (?:the |its |their "
    r")?quota",
    r"\b(?:user|recipient)\b.{0,20}\btoo many messages on\b",
)
FLOODED = any_of(
    r"\breceiv\w+ (?:mail|messages?|e-?mails?) (?:at a rate|too (?:fast|quick|often))|\breceiv\w+ (?:limit|quota|"
    r"rate)",
    rf"\b{_MAILBOX}\b.{{0,40}}\breceiv\w+ (?:too many|a large number)|\bmessages? it can receive\b",
)
_THE_RECIPIENT = r"(?:this|that|the|your|their|these|those|specified|intended)"
DECLINED = any_of(
    r"(?:\bnot (?:allowed|permitted|authori[sz]ed|able|have permission)|\bcannot|\bcan.t|\bunable|\bpermissions?|"
    r"\bmay not)\b.{0,30}\b(?:send|sending|post|posting|write|mail|mails|submit|deliver)\b.{0,20}\bto "
    rf"{_THE_RECIPIENT} (?:specified |distribution |mailing |e-?mail )?(?:recipient|group|list|user|mail ?box|"
    r"address|person|alias|member)",
    r"\b(?:rejected|blocked|refused|denied|declined|blacklisted) by (?:the |this |its |their )?(?:recipient|user|"
    r"addressee)",
    r"\b(?:recipient|user|addressee)(?:.s)? (?:has |have |is )?(?:blocked|declined|refused|unsubscribed|opted out|"
    r"suppressed|(?:personal |own )?(?:preferences|settings|black ?-?list|block ?-?list|spam ?-?list))",
    r"\b(?:recipient|user|mail ?box)\b.{0,20}\bonly accept|\bonly accept\w* (?:e-?)?mails? from\b|\brefuse to "
    r"receive\b",
    r"\b(?:on|in) (?:the |this |your )?(?:suppression|bounce|unsubscribe) list\b|\baddress (?:was|is|has been) "
    r"suppressed\b|\bsuppressed (?:address|recipient)|\bpreviously (?:bounced|unsubscribed|complained)",
    r"\bnot (?:pre-?)?(?:approved|authori[sz]ed|allowed|permitted) to (?:post|send) to\b(?! (?:un|ex|non|any|all|"
    r"an?\b|more|so|other))",
    r"\bnot (?:an? )?(?:members?|subscribers?)\b|"
    r"\b(?:members?|registered users|subscribers?) only\b|\bmembers-only\b|RESOLVER\.RST|\bsender not pre-approved\b",
    r"\bhow to fix\b.{0,20}\brestricted\b|\brestricted (?:recipient|group|distribution)",
)

GREYLISTED = any_of(r"\bgr[ae]y[- ]?list\w*|\bgraylist\w*")

# Other phrases about the recipient; in the table of `words` they come after those about us.
_BOX = r"(?:mail ?box|in-?box|account|disk|folder|mailfolder|maildir|storage|user|recipient|quota)"
FULL = any_of(
    rf"\b{_BOX}\b.{{0,40}}\bfull\b|\bfull (?:mail ?box|in-?box)\b|\bover ?quota\b|\btoo much mail data\b",
    r"\b(?:over|exceed\w*|out of|insufficient|not enough|no) .{0,24}(?:quota|storage|disk ?space|(?:mail ?box|"
    r"allocated) (?:size|space|limit))",
    r"\bquota\b.{0,40}\b(?:exceed|full|violat|reach|over|limit|exhaust)",
    r"\bmail ?box (?:size|limit)\b.{0,30}\b(?:exceed|reach|limit)|\bmailbox (?:has |.{0,20})exceed",
    r"\bPostfach\b.{0,30}\bvoll\b|\bbo[iî]te\b.{0,30}\bpleine|\bbuz[oó]n\b.{0,30}\bllen[oa]\b|容量.{0,12}(?:超|不足)|"
    r"переполнен",
)
OFF = r"(?:disabled|inactive|suspended|locked|frozen|deactivated|closed|expired|dormant)"
DISABLED = any_of(
    rf"\b(?:account|mail ?box|user|recipient|address|e-?mail|domain|compte)\b.{{0,50}}\b(?:{OFF}|blocked|bloque|"
    r"discontinued|terminated|not active|on hold)",
    rf"\b{OFF} (?:account|mail ?box|user|recipient|address|e-?mail)|\bnot active\b",
)
CLEARLY_OFF = any_of(
    rf"\b(?:you (?:tried|are trying|have tried) to|recipient|addressee|mail ?box|this user)\b.{{0,40}}\b{OFF}\b",
)
MOVED = any_of(
    r"\b(?:user|recipient|mail ?box|address|account|they|he|she) .{0,30}\bha(?:s|ve) (?:been )?moved\b|\bhas moved "
    r"to\b",
    r"\bno longer on (?:this |the )?server\b|\baddress has changed\b|\bnew address is\b|\bchanged (?:his|her|their) "
    r"address\b",
)
TAKES_NO_MAIL = any_of(
    r"\bdo(?:es)? not accept (?:any )?(?:e-?)?mail\b(?! (?:from|with|which|that|contain))|\b(?:indicated|has|offers) "
    r"no SMTP service\b|\bnull ?MX\b",
    r"\bdomain\b.{0,40}\b(?:does not|doesn.?t|never) (?:accept|receive)\w* (?:any )?(?:e-?)?mail|\baccepts? no mail\b",
    r"\bsystem not accepting network messages\b|\bno (?:mail|smtp) service (?:here|at)|\bcouldn.?t find a mail "
    r"exchanger",
)
NO_SUCH_DOMAIN = any_of(
    r"\b(?:host|domain)(?: name)?s? (?:is )?(?:unknown|not (?:found|exist|known|resolvable)|does(?: not|n.?t) exist|"
    r"could not be found|non-?existent)",
    r"\b(?:unknown|no such|unroute?able|non-?existent|invalid|bad) (?:mail )?(?:host|domain)|\bNXDOMAIN\b",
    r"\bdomain .{0,20}\bdoes ?n[o']t exist\b|\bcouldn.?t find any host\b|\bhost\b.{0,60}\bnot found\b",
    r"\bno (?:mx|a|aaaa|address|dns) .{0,30}(?:record|host)s? (?:for|found|exist)|\bpoint to non-?existent hosts\b",
)
_WHO = (
    r"(?:user|mail ?box|recipient|address|account|person|addressee|e-?mail(?: address| account)?|member|customer|"
    r"alias|mail ?drop|user ?id|username|local ?part|destinataire|utilisateur|empf[aä]nger|benutzer|usuario|"
    r"destinatario)"
)
_NOT_THERE = (
    r"(?:unknown|non-?existent|invalid|not (?:be )?(?:found|exist(?:s|ing)?|known|recogni[sz]ed|listed|valid|here|a "
    r"valid)|(?:do|does|did|was|were|could|can|is)(?: not|n.?t|not) (?:be )?(?:exist|found|known|recogni[sz]ed|valid|"
    r"listed|a (?:valid|known))|no longer (?:exists|valid|available|in use)|inconnue?|invalide|unbekannt|existiert "
    r"nicht|nicht (?:gefunden|bekannt)|desconocido|no existe|inexistent)"
)
NO_SUCH_MAILBOX = any_of(
    rf"\b{_WHO}(?:\(s\))?\b.{{0,40}}?\b{_NOT_THERE}",
    r"\b(?:unknown|no such|non-?existent|not (?:a |an )?(?:known|valid|existing)|invalid|bad|unbekannter?|"
    rf"unrecogni[sz]ed) (?:or illegal |local |final delivery |destination |virtual |e-?mail |mail )?{_WHO}",
    r"\bno (?:mail ?box|user|account|recipient)s? (?:here |with |by |of |called |for )|\b(?:nobody|no ?one) (?:here|"
    r"at this|by that)",
    r"\bnot our user\b|\b(?:user|address) not (?:here|local)\b|\bunable to find (?:the )?(?:user|recipient|mail ?box)",
    r"\bverification failed for recipient\b|\b(?:bad|invalid)-recipient|\bvalid ?rcpt|\bbad ?rcpt|\brecipient not "
    r"ok\b",
    r"\b(?:doesn.?t|does not) have an? .{0,24}account\b|\bwasn.t found at\b|\bundeliverable address\b|\bcan.t accept "
    r"user\b",
    r"\binactive email address\b|\bunroute?able address\b|\bunknown local-part\b|#5\.1\.0 address rejected",
)
