"""What counts as one mailbox: the text of an address in, its one spelling out.

Two spellings that differ only in case, in surrounding space or in how the domain is written are one person.
Dots and plus signs stay, because only the mailbox's own server knows what they mean. Anything that two mail
systems could read differently is refused: quotes, lists, groups, brackets, control characters.
"""

import re
from collections.abc import Sequence

from email_validator import EmailNotValidError, validate_email

from subscribers.errors import BadAddress

MOST_LOCAL = 64
"""The longest part before the @, in octets (RFC 5321 §4.5.3.1.1)."""

MOST = 254
"""The longest address, in octets: a path of 256 without its angle brackets (RFC 5321 §4.5.3.1.3)."""

# Matches nearly every address of nearly every list. An address that does not match may still be good: look closer.
_SHAPE = (
    r"[A-Za-z0-9_+-]++(?:\.[A-Za-z0-9_+-]++)*@"
    r"(?:[A-Za-z0-9]{1,32}(?:-[A-Za-z0-9]{1,24})?\.){1,4}[A-Za-z]{2,24}"
)
_PLAIN, _ALL_PLAIN = re.compile(_SHAPE), re.compile(rf"(?:{_SHAPE}\n)*")
_TOP = re.compile(r"[a-z]{2,63}|xn--[a-z0-9-]{1,59}")
_AMBIGUOUS = re.compile(r"[\x00-\x20\x7f\"(),:;<>\[\\\]]")
_NAMES = {" ": "a space", "\t": "a tab", '"': "a quotation mark", ",": "a comma", ":": "a colon", ";": "a semicolon"}


def normalise(text: str) -> str:
    """Spell the address in `text` the one way it is stored: lower case, ASCII domain (RFC 5890). Raises BadAddress."""
    address = text.strip()
    if _PLAIN.fullmatch(address) and address.find("@") <= MOST_LOCAL and len(address) <= MOST:
        return address.lower()
    return normalise_slowly(address)


def normalise_plain(addresses: Sequence[str]) -> list[str] | None:
    """Normalise many stripped addresses at once; None: at least one is not plain, so call `normalise` for each."""
    text = "\n".join([*addresses, ""])
    # An address of at most MOST_LOCAL characters also keeps the limit of the part before the @.
    if max(map(len, addresses), default=0) > MOST_LOCAL or text.count("\n") != len(addresses):
        return None
    return text.lower().split("\n")[:-1] if _ALL_PLAIN.fullmatch(text) else None


def normalise_slowly(text: str) -> str:
    """Do what `normalise` does, without its short cut for plain addresses. Raises BadAddress."""
    address = text.strip()
    why = _objection(address)
    if why:
        raise BadAddress(text=_shown(text), why=why)
    try:
        parsed = validate_email(
            address, strict=True, allow_smtputf8=False, check_deliverability=False, globally_deliverable=False
        )
    except EmailNotValidError as error:
        raise BadAddress(text=_shown(text), why=str(error)) from None
    normal = f"{parsed.local_part}@{parsed.ascii_domain}".lower()
    why = _objection_to_normal(normal)
    if why:
        raise BadAddress(text=_shown(text), why=why)
    return normal


def mailbox_of(address: str) -> str:
    """Drop from a normalised address what many servers ignore: dots and plus-tags before the @. For rate caps only.

    Never write to the result and never compare people by it: only the mailbox's own server knows what dots and
    plus signs mean there.
    """
    local, _, domain = address.rpartition("@")
    plain = local.partition("+")[0].replace(".", "")
    return f"{plain or local}@{'gmail.com' if domain == 'googlemail.com' else domain}"


def _objection(address: str) -> str:
    if not address:
        return "it is empty"
    if len(address) > MOST:
        return f"it is longer than {MOST} characters"
    local, at, domain = address.partition("@")
    if not at or "@" in domain:
        return "it must have one @"
    if not local.isascii():
        return "before the @ it must have only letters from a to z, because not every mail server accepts others"
    found = _AMBIGUOUS.search(address)
    if found:
        return f"it must not have {_name(found[0])} in it"
    return ""


def _objection_to_normal(address: str) -> str:
    local, _, domain = address.partition("@")
    host, dot, top = domain.rpartition(".")
    if len(local) > MOST_LOCAL or len(address) > MOST:
        return f"it is too long: at most {MOST_LOCAL} characters before the @ and {MOST} in all"
    if not dot or not host or not _TOP.fullmatch(top):
        return "what comes after the @ must have a dot and end in letters, as in example.org"
    return ""


def _name(character: str) -> str:
    if character in _NAMES:
        return _NAMES[character]
    return f"the character {character}" if character.isprintable() else "a control character"


def _shown(text: str) -> str:
    return text if len(text) <= MOST else f"{text[:MOST]}…"
