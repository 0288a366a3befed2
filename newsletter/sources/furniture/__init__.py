"""The words that stand around an article when a whole page is copied: menus, share lines, comment forms."""

import re

_STOPS = re.compile(
    r"(?:share a thought|leave a (?:reply|comment)|post a comment|add (?:a|your) comment|"
    r"join the (?:conversation|discussion)|"
    r"share this(?: (?:post|article|story))?:?|like this:?|related(?: (?:posts|articles|stories))?:?|you (?:may|"
    r"might) also like|"
    r"(?:\d+|one|two|three|no) (?:thoughts?|comments?|responses?|replies) (?:on|to)\b.*|"
    r"(?:\d+ )?comments?(?: \(\d+\))?:?|"
    r"fill in your details below.*|post navigation|connecting to %s|read more (?:posts|articles|stories)|"
    r"more (?:from .{1,40}|to (?:explore|read)|posts|news|stories)|(?:read|up) next|keep reading|"
    r"recommended(?: .{1,20})?|"
    r"(?:latest|recent) (?:posts|news|articles|stories)|discussion(?: about this post)?|member discussion|"
    r"you (?:may|might) (?:also )?(?:like|enjoy)|written by .{1,40}|"
    r"(?:be the )?first to comment|published by .{1,40}|submit comments on .{1,60}|"
    r"filed under:?.*|posted in .{1,80}|tags?: .{1,120}|tagged(?: with| as)?:? .{1,120}|about the author|"
    r"gadael (?:ymateb|sylw)|rhannu hwn:?|rhannwch hwn:?|hoffi hyn:?|perthnasol|sylwadau)",
    re.IGNORECASE,
)
_JUNK = re.compile(
    r"(?:you are commenting using your\b.*|fill in your details below.*|connecting to %s|(?:twitter|facebook|"
    r"google\+?|gravatar|wordpress\.com) (?:picture|photo|logo)|"
    r"log ?in(?: to reply)?|log out|cancel(?: reply)?|loading(?:\.\.\.|…)|notify me of new (?:comments|posts).*|"
    r"reply ?↓?|"
    r"enter your comment here(?:\.\.\.|…)?|email \(required\).*|name \(required\).*|website|save my name, email.*|"
    r"your email address will not be published.*|required fields are marked.*|"
    r"(?:click to )?(?:share|tweet|print|email|pin|like|follow)(?: (?:this|it))?(?: (?:on|via|to) .{1,20})?"
    r"(?: (?:post|page|article|story))?(?: \(opens in new window\))?|(?:facebook|twitter|linkedin|whatsapp|reddit|"
    r"pinterest|tumblr|telegram|x|bluesky|mastodon|copy link)(?: \(opens in new window\))?|email a link.{0,60}|"
    r"like loading(?:\.\.\.|…)|skip to (?:main )?content|"
    r"subscribe(?: (?:now|to (?:our|my|the|this) (?:newsletter|blog|mailing list|updates)))?|"
    r"sign up(?: (?:now|for (?:our|my|the) (?:newsletter|mailing list|updates)))?|"
    r"(?:we|this (?:site|website)) uses? (?:essential )?cookies\b.*|(?:accept|reject|allow) (?:all|"
    r"cookies)(?: cookies)?|"
    r"manage (?:preferences|cookies)|cookie (?:settings|policy)|page \d{1,3} of \d{1,3}|comment \*|name \*|email \*|"
    r"advertisements?|report this ad|"
    r"(?:← |« )?(?:previous|next)(?: (?:post|article|story))?(?:: .{1,80})?(?: ?→| ?»)?|[←«] .{1,80})",
    re.IGNORECASE,
)
_TOPS = re.compile(
    r"(?:skip to (?:main )?content|menu|search|home|about(?: us)?|contact(?: us)?|blog|news|log ?in|toggle navigation|"
    r"main menu|primary menu|neidio i'r cynnwys|dewislen|cartref|chwilio|close|open)",
    re.IGNORECASE,
)


_MONTHS = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|"
    r"nov(?:ember)?|dec(?:ember)?|ionawr|chwefror|mawrth|ebrill|mai|mehefin|gorffennaf|awst|medi|"
    r"hydref|tachwedd|rhagfyr)"
)
_DATE = (
    rf"(?:(?:mon|tues?|wed(?:nes)?|thurs?|fri|sat(?:ur)?|sun)(?:day)?,? )?(?:\d{{1,2}}(?:st|nd|rd|"
    rf"th)? {_MONTHS},? \d{{4}}|"
    rf"{_MONTHS}\.? \d{{1,2}}(?:st|nd|rd|th)?,? \d{{4}}|\d{{4}}-\d\d-\d\d|\d{{1,2}}[/.]\d{{1,2}}[/.]\d{{2,4}})"
    r"(?:,? (?:at )?\d{1,2}[:.]\d\d(?:[:.]\d\d)?(?: ?[ap]\.?m\.?)?)?"
)
_BYLINE = re.compile(
    rf"(?:(?:posted|published|updated|last updated|submitted|written|"
    rf"cyhoeddwyd)(?: on)?:? )?{_DATE}(?: by [^.!?]{{2,50}})?|"
    rf"(?:written |posted |published |submitted |story |words )?by:? [^.!?,]{{2,50}}(?:,? (?:on )?{_DATE})?|"
    r"(?:[^.!?]{2,40} )?\d+[ -]min(?:ute)?s? read|\d+[ -]min(?:ute)?s?|reading time:? .{1,20}|"
    r"(?:\d+|no) (?:comments?|views?|likes?|shares?|responses?)",
    re.IGNORECASE,
)
_PLACES = (
    r"(?:facebook|twitter|x|linkedin|whatsapp|e-?mail|reddit|pinterest|tumblr|telegram|bluesky|mastodon|threads|print)"
)
_CONTROLS = re.compile(
    rf"(?:share|tweet)(?: (?:this|on))?:? {_PLACES}(?:\W+(?:and )?{_PLACES})*|"
    r"share|share this(?: (?:post|article|story|page))?|tweet(?: this)?|like|pin it|listen|subscribe(?: now)?|sign up|"
    r"leave a comment|email this|blogthis!?|print(?: this(?: page)?)?|copy link|loading(?:\.\.\.|…)?|advertisements?|"
    r"back to top|(?:view this (?:email|mail) in (?:your|a) browser)",
    re.IGNORECASE,
)


def is_byline(block: str) -> bool:
    """Tell whether `block` is nothing but who wrote, when, and how long it takes to read."""
    pieces = [piece for piece in re.split(r"\s*[·•|]\s*|\s+[–—-]\s+", _line(block)) if piece]
    return bool(pieces) and all(_BYLINE.fullmatch(piece) for piece in pieces)


def is_control(block: str) -> bool:
    """Tell whether `block` is a button of the page: share, print, subscribe."""
    return bool(_CONTROLS.fullmatch(_line(block)))


def is_stop(block: str) -> bool:
    """Tell whether `block` opens what comes after an article on a page; short lines may follow in it."""
    first, _, rest = block.strip().partition("\n")
    return bool(_STOPS.fullmatch(_line(block)) or (rest and _STOPS.fullmatch(_line(first))))


def is_junk(block: str) -> bool:
    """Tell whether `block` is nothing but controls of a page."""
    lines = [_line(line) for line in block.split("\n") if line.strip()]
    return bool(_JUNK.fullmatch(_line(block))) or all(_JUNK.fullmatch(line) or _STOPS.fullmatch(line) for line in lines)


def is_top(block: str) -> bool:
    """Tell whether `block` is the menu above an article: such words, or short lines with such words among them."""
    lines = [_line(line) for line in block.split("\n") if line.strip()]
    menu = sum(1 for line in lines if _TOPS.fullmatch(line))
    return menu == len(lines) or (
        len(lines) > 2 and menu * 2 >= len(lines) and all(len(line.split()) <= 4 for line in lines)
    )


def is_date(block: str) -> bool:
    """Tell whether `block` is nothing but a date, which may open a letter."""
    return bool(re.fullmatch(_DATE, _line(block), re.IGNORECASE))


def _line(block: str) -> str:
    return " ".join(block.split())
