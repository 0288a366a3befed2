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
    r"more from .{1,40}|"
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
    r"(?:click to )?(?:share|tweet|print|email|pin it|like|follow|facebook|twitter|linkedin|whatsapp|reddit|"
    r"pinterest|tumblr|telegram|x|bluesky|mastodon|copy link)"
    r"(?: (?:this|on|via|a link)\b.{0,60})?|skip to (?:main )?content|"
    r"subscribe(?: to .{1,60})?|sign up(?: for .{1,60})?|advertisements?|report this ad|cookie settings|(?:← |"
    r"→ |« |» )?(?:previous|next)(?: post)?:? ?.{0,80}(?: ?→| ?←)?)",
    re.IGNORECASE,
)
_TOPS = re.compile(
    r"(?:skip to (?:main )?content|menu|search|home|about(?: us)?|contact(?: us)?|blog|news|log ?in|toggle navigation|"
    r"main menu|primary menu|neidio i'r cynnwys|dewislen|cartref|chwilio|close|open)",
    re.IGNORECASE,
)


def is_stop(block: str) -> bool:
    """Tell whether `block` opens what comes after an article on a page."""
    return bool(_STOPS.fullmatch(_line(block)))


def is_junk(block: str) -> bool:
    """Tell whether `block` is nothing but a control of a page."""
    return bool(_JUNK.fullmatch(_line(block)))


def is_top(block: str) -> bool:
    """Tell whether `block` is a line of the menu above an article."""
    return bool(_TOPS.fullmatch(_line(block)))


def _line(block: str) -> str:
    return " ".join(block.split())
