"""Phrases about how much we send: in all, how fast, over how many connections, and over one connection."""

from newsletter.policy.answers.phrase import any_of

# This connection, and how much we send.
_HERE = r"(?:this|the|a|an|one|single|same|each|every|current|your)"
_ONE_LINE = (
    rf"(?:per|in|on|for|over|within|during) ?-?(?:{_HERE} )?(?:single |same |smtp |tcp |current )?(?:session|"
    r"connection|conn)"
)
_TOO_MANY = (
    r"(?:too many|too much|limit\w*|max\w*|exceed\w*|enough|reached|count|number|only|more than|no more|quota|"
    r"already|allowed)"
)
LINE = any_of(
    rf"\b{_TOO_MANY}\b.{{0,60}}\b{_ONE_LINE}\b|\b{_ONE_LINE}s?\b.{{0,40}}\b{_TOO_MANY}\b",
    r"\bsession limit\b|\b(?:mails?|messages?|e-?mails?|transactions?|recipients?)\b.{0,20}\b(?:session|connection) "
    r"limit",
    r"\btoo many (?:(?:smtp |protocol |syntax |soft |hard |consecutive )?errors|(?:invalid|bad|unknown|failed|"
    r"rejected|wrong|unrecogni[sz]ed|junk|non-?mail|nonexistent|illegal|undefined) (?:recipients?|commands?|"
    r"addresses|users?|rcpts?|attempts))\b(?! from)",
    r"\berror limit\b|\b(?:number of|maximum|max|many) errors\b|\bclos(?:e|ing) (?:this |the )?(?:connection|"
    r"session).{0,30}\b(?:reopen|reconnect|open a new|new (?:connection|session))|\breconnect\b|\b(?:open|use|start) "
    r"a new (?:connection|session)",
    r"\b(?:MI|RP):D[MR]C\b",
)
_DAY = (
    r"(?:daily|monthly|weekly|today.?s?|tomorrow|24[- ]?(?:hours?|h\b|hrs?)|(?:per|a|each|every|this|for the|one|in "
    r"one|of the)[- ](?:day|month|week|billing)|days?.? limit)"
)
LIMIT = any_of(
    rf"\b{_DAY}\b.{{0,60}}\b(?:limit\w*|quota|maximum|max|allowance|exceed\w*|reached|cap|allowed)\b|\b(?:limit\w*|"
    rf"quota|maximum|max|exceed\w*|allowance|reached|cap|too many|allowed)\b.{{0,60}}\b{_DAY}",
    r"\btry again tomorrow\b|\b(?:trial|plan|account|licen[cs]e|package|tier) (?:sending |e-?mail |message "
    r")?(?:limit|quota)",
    r"\b(?:exceed\w*|reached|hit|over|above|used up|exhausted|passed|met) .{0,30}\b(?:send|sending|outgoing|outbound|"
    r"submission|messages?|messages? count|mailing|e-?mails?|recipients?|relay|smtp|transmission) (?:limits?|quota|"
    r"allowance|cap)\b",
    r"\b(?:send|sending|outgoing|outbound|submission|messages? count|smtp|relay|sender|mailing|e-?mail sending|mail "
    r"sending|recipients?|messages?|external recipient) (?:rate )?(?:limits?|quota|allowance|"
    r"cap)\b.{0,30}\b(?:exceed\w*|reach\w*|hit|over|used|full|surpass\w*|met)",
    r"\blimits? (?:for|on|of) (?:sending|messages|e-?mails?|outgoing|outbound|recipients|mailings?)\b",
    r"\bpolic\w+.{0,30}\bquota\b|\bmessages? quota\b|\bquota\b.{0,20}\b(?:messages|for sending|of messages|sending)\b",
    r"\b(?:max|maximum)\w* (?:number of |allowed |no\.? of )?(?:e-?mails?|messages?|recipients?|"
    r"sends?)\b.{0,30}\b(?:reached|exceed\w*|sent|hit)",
    r"\bmonth\w* (?:volume|allocation)|\b(?:too many|enough) (?:messages|mails|e-?mails|recipients) (?:sent "
    r")?(?:today|for today|for now)",
    r"\bspam limit\b|\bused (?:up )?(?:all )?(?:of )?your\b|\ballowance is used\b|\bquota (?:for|of) (?:the "
    r")?(?:user|account|sender)\b.{0,20}\bsend",
)
_HOUR = (
    r"(?:hourly|(?:per|an|each|every|this|one|in one|the)[- ](?:last |past |current )?hours?|hours?.? limit|/ "
    r"?h(?:our|r)?\b)"
)
HOURLY = any_of(
    rf"\b{_HOUR}\b.{{0,60}}\b(?:limit\w*|quota|maximum|max|allowance|exceed\w*|reached|cap|allowed|too many)\b",
    rf"\b(?:limit\w*|quota|maximum|max|exceed\w*|allowance|reached|cap|too many|allowed)\b.{{0,60}}\b{_HOUR}",
)
CROWD = any_of(
    r"\bconcurren\w+|\bsimultaneous\w*|\bthread limit\b|\bin parallel\b|\bparallel (?:connections|sessions)",
    r"\btoo many (?:open |smtp |active |tcp |client |new |incoming |inbound |existing )?(?:connections?|sessions?|"
    r"sockets?|threads?|clients?|processes)\b|\btoo frequent connect|\btrop de connexions",
    r"\b(?:maximum|max) (?:number of |no\.? of |allowed |smtp )?(?:connections?|sessions?|clients?|processes)\b|"
    r"\bmaximum connection limit|\bconnections? (?:count |number |rate )?(?:limit|quota|exceeded|frequency)|"
    r"\bconnection limit|\bexceed\w* .{0,30}\bconnections\b|\bno more connections\b",
)
RATE = any_of(
    r"\bthrottl\w*|\brate[- ]?limit\w*|\bratelimit\w*|\b(?:sending|send|message|mail|e-?mail|submission|maximum|max|"
    r"request|delivery|your) rate\b|\brate\b.{0,30}\b(?:exceed\w*|too high|limit\w*|allowed|reached)|\bexceed\w* "
    r".{0,30}\brate\b",
    r"\btoo (?:fast|quick\w*|frequent\w*|rapid\w*|often|much mail\b(?! data))|\bslow(?:er)? ?down\b|\bslower\b|"
    r"\bmore slowly\b",
    r"\bper[- ](?:second|sec|minute|min)\b|/ ?(?:s|sec|min)\b|\bfrequency (?:is )?(?:limit|exceed|too)|\b(?:limit|"
    r"exceed)\w* .{0,20}\bfrequency\b|\bFREQ\b",
    r"\btoo many (?:messages?|mails?|e-?mails?|requests?|commands?|transactions?|recipients? (?:too|per)|sends?|"
    r"submissions?|attempts)\b|\bhigh volume\b|\b(?:MI|RP):(?:SF|ST|CE|CC|QR)",
)
TOO_MUCH = any_of(
    r"\bunexpected volume\b|\bunusual (?:rate|volume|traffic)|\b(?:temporarily )?deferred (?:due to|for|because of) "
    r".{0,30}\bcomplaints?\b|\brate of unsolicited\b",
)
