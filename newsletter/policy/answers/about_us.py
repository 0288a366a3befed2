"""Phrases about us: our login, our account, our From address, and the rules and filters that refuse us."""

from newsletter.policy.answers.phrase import any_of

# Us: our login, our account, our From address.
_ITS = r"(?:not|isn.t|is not|wasn.t|hasn.t been|has not been|never|cannot be|could not be|couldn.t be|can.t be)"
_APPROVED = r"(?:verified|confirmed|validated|activated|approved|whitelisted|registered|authenticated|authori[sz]ed)"
_OURS = (
    r"(?:sender|mail ?from|return[- ]?path|(?:sending|from|sender|your|this|the|message|signing|originating|smtp|"
    r"submission|originator) (?:e-?mail |mail )?(?:domain|address|account|identity|identities|user|signature|name)|"
    r"from (?:address|domain|header|field|e-?mail)|from:|identit(?:y|ies)|e-?mail address|domain)"
)
_OUR_ACCOUNT = (
    r"(?:your (?:e-?mail |mail |smtp |sending |user )?(?:account|domain|service|subscription|plan|access|profile|"
    r"tenant|organi[sz]ation|user|mail ?box|credentials?)|(?:the |this )?(?:sender|sending|smtp|sender.s|customer|"
    r"client|tenant|organi[sz]ation|company|subscriber) (?:account|domain|user|access)|account|domain|tenant|sender|"
    r"customer|subscription)"
)
_STOPPED = (
    r"(?:suspended|suspension|disabled|blocked|locked|deactivated|inactive|not active|terminated|expired|on hold|on "
    r"ice|under review|paused|banned|closed|restricted|frozen|revoked|limited|quarantined)"
)
_MAY_NOT = (
    r"(?:not|isn.t|aren.t|no longer|never|un) ?(?:currently |yet )?(?:allowed|permitted|authori[sz]ed|able|enabled|"
    r"entitled)"
)
_NOWHERE = (
    r"(?:unknown|unavailable|undeliverable|unrout\w+|unresolvable|non-?existent|does(?: not|n.?t) (?:exist|resolve)|"
    r"not (?:exist|found|known|reachable|deliverable|resolvable|routable)|cannot be (?:found|reached|resolved))"
)
UNAUTHENTICATED_MAIL = any_of(
    # Not our login: what receivers say about a domain's SPF, DKIM and DMARC.
    r"\b(?:SPF|DKIM|DMARC|ARC)\b|\bunauthenticated (?:e-?mail|mail|message)|\bmail is unauthenticated\b|\brequired "
    r"authentication level\b|\bauthentication (?:checks?|results?)\b|\b(?:sender|message|e-?mail|mail|it) (?:is |was "
    r")?not authenticated\b|\breverse dns\b",
)
LOGIN = any_of(
    r"\bauthenticat\w+ (?:is |are )?(?:required|needed|necessary)|\b(?:must|need to|have to|please|required to)(?: "
    r"be| use| first| issue)? ?(?:smtp )?(?:authenticat|auth\b|log ?in|log ?on|sign in)",
    r"\b(?:log ?in|log ?on|authenticate) (?:first|before)|\b(?:smtp )?auth(?:entication)? (?:is )?(?:required|needed|"
    r"first)|\bclient (?:was |is )?not authenticated|\bnot logged in\b|\bauthenticat\w+ (?:failed|failure|"
    r"unsuccessful|rejected|invalid|error)|\binvalid (?:login|credentials|username|user ?name|password|api key)",
    r"\bunauthenticated (?:senders?|users?|clients?|connections?|access|relay\w*|submissions?)",
    r"\b(?:bad|wrong|incorrect) (?:login|credentials|username|user ?name|password)|\bpassword (?:is )?(?:not "
    r"accepted|invalid|incorrect|expired|required)|\bsmtp ?(?:client ?)?auth\w*\b.{0,40}\b(?:disabled|not enabled|"
    r"switched off)",
)
SWITCHED_OFF = any_of(
    r"\b(?:smtp ?(?:client ?)?auth\w*|basic auth\w*|smtp (?:access|login|sending|service)|authentication|legacy "
    r"auth\w*)\b.{0,40}\b(?:disabled|not enabled|switched off|turned off|not allowed|blocked)",
)
TOO_MANY_LOGINS = any_of(
    r"\btoo (?:many|much) (?:[\w-]+ ){0,2}(?:log-?ins?|logons?|log|sign-?ins?|auth\w*|passwords?)\b|\blogin (?:rate|"
    r"limit|attempts?)\b.{0,20}\b(?:exceed|limit|reach)",
)
RELAYING = any_of(
    r"\brelay(?:ing|ed|s)?\b.{0,40}\b(?:denied|deny|disallow\w*|not (?:allowed|permitted|supported|authori[sz]ed|"
    r"enabled)|prohibited|refused|rejected|forbidden|access|disabled|blocked|restricted)",
    r"\b(?:no|unable to|cannot|won.t|can.t|don.t|not|never|denied|refus\w+ to|(?:allowed|permitted|authori[sz]ed|"
    r"configured|setup|set up) to|as an? (?:open )?|open|mail) relay(?:ing)?\b(?! recipient)",
    r"\bnot in my list of allowed\b|\ballowed rcpt ?hosts\b|\bnot our customer\b|\bnot local to this\b|\bmay not use "
    r"(?:this|our) (?:mail )?(?:server|relay)",
)
SENDER = any_of(
    # An address or domain that is not verified.
    rf"\b{_OURS}\b.{{0,60}}\b{_ITS} (?:yet )?(?:been )?{_APPROVED}\b|\b{_OURS}\b.{{0,40}}\bun(?:verified|confirmed|"
    r"configured|validated|authori[sz]ed|registered)\b",
    rf"\b(?:un(?:verified|confirmed|configured|authori[sz]ed|registered|approved)|{_ITS} (?:a |an )?(?:{_APPROVED}|"
    r"valid|permitted|allowed|acceptable)) (?:sender|sending|from|domain|identit|e-?mail address|originat|return)",
    r"\b(?:verified|confirmed|validated|approved|authori[sz]ed|authenticated|allowed|configured|registered) "
    r"(?:sender|sending|from|domain|identit|originat)",
    r"\b(?:verify|confirm|validate|activate|approve|authenticate|register|add|set up) (?:your|the|this|a) (?:sender|"
    r"sending|from|domain|e-?mail|mail|account|address|identity|dkim)",
    r"\b(?:sender|signature|identity) (?:signature|identity) (?:not|is not|was not|could not)",
    # Sending as another sender.
    r"(?:\b(?:sender|mail ?from|return[- ]?path|envelope|from (?:address|domain|header|field|e-?mail))\b|"
    rf"\bfrom:).{{0,60}}\b(?:{_MAY_NOT}|not (?:owned|match\w*|belong\w*|correspond\w*|recogni[sz]ed|listed|in (?:the|"
    r"our|your))|do(?:es)?(?: not|n.t) (?:match|belong|correspond|exist|own|have)|mismatch\w*|must (?:match|be)|"
    r"differs?|disallowed|forbidden|prohibited|invalid|denied)\b",
    r"\bnot authori[sz]ed to perform\b|\bsend[- ]?as\b|\bsend[- ]?on[- ]?behalf\b|\bSendAsDenied\b|\bnot owned by\b|"
    r"\bsubmit as\b|\bimpersonat",
    rf"\b{_MAY_NOT} to (?:send|submit|use|relay|mail|inject|originate)\b(?! (?:mail |e-?mails? |messages? |email "
    r")?to )",
    rf"\b(?:you|account|domain|user|sender|customer|client|tenant|key|ip|server|host)\b.{{0,30}}\b{_MAY_NOT} to "
    r"(?:send|submit|use|relay|mail)\b",
    r"\b(?:cannot|can.t|may not) send (?:(?:any |more )?(?:mails?|e-?mails?|messages?)(?! to)|from|as|with|until|"
    r"unless|yet)\b",
    # An account that may not send.
    rf"\b{_OUR_ACCOUNT}\b(?! you tried| that you).{{0,50}}\b{_STOPPED} (?:to|from|for) (?:send|sending|submit|relay|"
    r"outgoing|outbound|further|abuse|spam|non-?payment)",
    r"\byour (?:e-?mail |mail |smtp |sending |user )?(?:account|domain|service|subscription|plan|access|profile|"
    rf"tenant|organi[sz]ation|user|mail ?box)\b.{{0,50}}\b(?:{_STOPPED}|{_MAY_NOT}|{_ITS} (?:yet )?(?:been "
    rf")?{_APPROVED})\b",
    r"\b(?:sender|sending|customer|client|tenant|smtp|sub-?account|organi[sz]ation)(?:.s)? (?:account|domain|user|"
    rf"access|privileges?|rights?|ability|is|has been|was)\b.{{0,40}}\b{_STOPPED}",
    rf"\b(?:message |mail |e-?mail )?sending\b.{{0,40}}\b(?:{_STOPPED}|{_MAY_NOT}|turned off|switched off)",
    r"\b(?:outgoing|outbound|smtp) (?:e-?mail|mail|message|sender|service|access|submission|"
    rf"traffic)\w*\b.{{0,40}}\b(?:{_STOPPED}|bad|{_MAY_NOT})|\bbad outbound\b|\boutgoing mail suspension\b",
    r"\bsandbox\b|\b(?:trial|demo|test|free) (?:account|mode|domain|subdomain|plan)s?\b|\bfor test purposes\b|"
    r"\bproduction access\b|\baccount\b.{0,30}\bactivat",
    r"\b(?:activate|reactivate|upgrade|unlock|reinstate) (?:your|the|this) (?:account|plan|domain|subscription|"
    r"service)",
    # Behaviour of ours that a provider has noticed.
    r"\bunusual (?:sending|sender|account|outgoing|outbound|login) (?:activity|behaviou?r|pattern|volume)|"
    r"\bsuspicious (?:sending|account|login|outgoing) activity\b|\baccount\b.{0,30}\b(?:compromis|hacked)",
    # An address of ours that cannot be reached for an answer.
    r"\b(?:sender(?:.s)?|return[- ]?path|reverse[- ]?path|envelope|mail ?from|originator|from) (?:e-?mail |mail )?"
    rf"(?:address|mail ?box|user|domain|account|host|local[- ]?part)? ?(?:is |was |has )?(?:an? )?{_NOWHERE}",
    r"\b(?:unknown|invalid|no such|non-?existent|bad) (?:local[- ]?part|user|address|mail ?box|domain) (?:of|in|for) "
    r"(?:the |your )?(?:sender|return[- ]?path|reverse[- ]?path|envelope|mail ?from)\b",
    rf"\byour (?:domain|(?:sender |return |from |e-?mail )?address|host ?name) (?:is |was )?{_NOWHERE}",
    # Sender verification, and other short phrases about the sender.
    r"\bsender (?:address )?verif\w*.{0,20}\bfail|\bas a valid sender\b|\bsender (?:address |domain )?(?:is |was "
    r")?(?:rejected|denied|refused|unknown|invalid|not valid|disallowed)|\b(?:invalid|unknown|bad|illegal|disallowed|"
    r"forbidden) sender\b",
)
MONEY = any_of(
    r"\bcredits?\b.{0,40}\b(?:exceed|exhaust|insufficient|no\b|used|expired|run out|ran out|limit|left|remain|"
    r"deplet)|\b(?:insufficient|not enough|out of|no|zero|lack of|negative) (?:remaining |e-?mail |sms |account "
    r")?(?:credits?|balance|funds)\b",
    r"\b(?:payment|invoice|billing|overdue|unpaid)\b",
)

# Rules and filters, and what is in the mail.
_NO = r"(?:reject|block|denied|deny|refused|banned|prohibited|not (?:allowed|permitted|accepted|authori[sz]ed|welcome))"
POLICY = any_of(
    # about spam
    r"\bspam|\bunsolicited\b|\bjunk(?:ed| mail)\b|\bphish|\bspoof|\bsuspicious\b|\bmalicious\b|\babuse\b|"
    r"\bcomplaints?\b",
    r"\b(?:bulk|mass)[ -]?(?:e?mail|mailing)|\bfilter(?:ed|s|ing)?\b|\bquarantin",
    # about blocklists and rules
    r"black ?-?list|block ?-?list|deny ?-?list|\bRBL\b|\bDNSBL\b|\breputation\b|\bpoor standing\b",
    r"\bpolic(?:y|ies)\b|\bsecurity (?:reason|rule|violation|risk)|rejected by (?:filter|rule|content)",
    r"\b(?:is|are|was|been|temporarily|permanently) (?:blocked|banned)\b(?<!account is blocked)",
    r"\bblocked (?:by|for|due|using|because|see)\b|\bon our block\b|\bIP\b.{0,40}\bblocked\b",
    r"\baccess denied\b|\bpermission denied\b|\bnot (?:authori[sz]ed|permitted|permit|allowed) to (?:send|post|relay)",
    # about who we are
    r"\b(?:SPF|DKIM|DMARC|ARC)\b|\bunauthenticated\b|\bnot authenticated\b|\bauthenticate\b",
    r"\bauthentication (?:is )?(?:required|failed|failure)|\bTLS (?:is )?required|\bissue a STARTTLS|\bencryption "
    r"(?:is )?(?:required|needed)",
    r"\breverse (?:dns|lookup|mapping|hostname|ip)|\brdns\b|\bPTR\b|\bvalid hostname|\bresolve your (?:ip|host|"
    r"domain)",
    rf"\b(?:client|sender|sending|your) (?:host|ip|server|network|domain|address)\b.{{0,60}}\b(?:{_NO}|not (?:found|"
    r"exist))",
    r"\bsender\b.{0,40}\b(?:reject|verif|denied|invalid|unknown|blocked|not (?:exist|allowed|found|valid|accepted))",
    r"\b(?:invalid|unknown|bad|forged) sender\b|\bsender (?:address|domain)\b|\b(?:unknown|invalid) .{0,12}mail ?from",
    r"\bIP(?: address)?\b.{0,40}\b(?:listed|banned|denied|reject\w*|not (?:allowed|permitted|accepted|welcome))",
    r"\b(?:host|ip|client|server|sender) network\b.{0,20}\bnot (?:allowed|permitted|accepted)|\bOFR.?506\b",
    r"\bMAIL FROM\b.{0,60}\b(?:reject|denied)|\bsending mail of domain|\bhelo\b.{0,30}\b(?:reject|invalid|denied)",
    rf"\b(?:you|your (?:mail|message|e-?mail|isp))\b.{{0,40}}\b{_NO}",
    r"\bmessages? (?:from|with)\b.{0,40}\b(?:weren.t sent|not accepted|reject|deferred)|\bconnections? not accepted\b",
    r"\bnot accept(?:ing|ed)? .{0,40}from (?:you|your)|\bnot accept (?:any )?(?:e-?)?mails? (?:from|with|which|"
    r"that)\b|\brefus\w+ .{0,20}(?:your|from) ",
    rf"\brelay(?:ing)?\b.{{0,40}}\b(?:{_NO}|access|quota)|\b(?:no|unable to) relay|\bnot our customer\b|\bnot local "
    r"to this\b",
    # about how much we send
    r"\btoo many\b(?! hops)|\brate[ -]?limit|\bthrottl|\btoo (?:fast|frequent|much mail\b(?! data))|\bunexpected "
    r"volume\b",
    r"\blimit (?:exceeded|reached)(?<!quota limit exceeded)|\bdaily .{0,12}quota|\bunusual (?:rate|volume|traffic)",
    r"\bexceed\w* .{0,30}(?:\brate\b|connections|per (?:hour|day|minute)|sending)",
    # about the senders from whom they take mail
    r"\b(?:recipient|user)(?:.s)? (?:preferences|settings)|\bprivacy settings\b|\bonly accept\w* (?:e-?)?mails? "
    r"from\b",
    r"\bblocked by the (?:recipient|user)|\baccount is protected\b|NotAuthorized|\brestricted\b|\brefuse to receive\b",
    r"\bregistered users only\b|\bmembers? only\b|\ballowed to post\b|\bsubscriber",
)
TOO_LARGE = any_of(
    r"\b(?:message|mail|e-?mail|headers?|size|length)\b.{0,40}(?:\btoo (?:big|large|long)|\bexceed\w*.{0,20}(?:size|"
    r"limit|maximum|fixed)|\blimit set by)",
    r"\b(?:maximum|max) (?:message )?size\b|\bsize (?:limit|restriction)\b|\btoo (?:big|large)\b",
)
CONTENT = any_of(
    r"\bvirus|\bmalware\b|\binfected\b|\btrojan\b|\bmedia error\b",
    rf"\bcontent\b.{{0,40}}\b(?:{_NO}|violat|restrict|filter|error)|\b(?:rejected|blocked|"
    r"refused)\b.{0,30}\bcontent\b",
    r"\bheader (?:error|is malformed|missing)|\bmalformed (?:message|header|address|mime|recipient)|\baddresses in "
    r"from\b",
    r"\b(?:attachment|executable|zip)s?\b.{0,40}\b(?:not (?:allowed|accept)|reject|block|prohibit)",
    r"\bbare (?:lf|cr|line)|\bline too long|\bsyntax error\b|\bcommand (?:parameter )?not (?:implemented|"
    r"recogni[sz]ed)",
    r"\b8bit|\bSMTPUTF8|\bbase64\b|\bencoding\b|\bduplicate[d]? message|\bmessage-id\b.{0,30}(?:duplicat|missing|"
    r"invalid)",
)
