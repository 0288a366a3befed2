"""A saved mail (.eml). Signs: it opens with the header fields of a mail, whatever tags follow. Limit: a bundle's."""

import re

from newsletter.sources.choice import Choice
from newsletter.sources.draft import Draft
from newsletter.sources.kind import MOST_BYTES_OF_A_BUNDLE, SourceKind
from newsletter.sources.material import Material

_FIELD = re.compile(rb"[A-Za-z][A-Za-z0-9-]{0,60}:(?:[ \t]|$)")
_SIGNS = re.compile(
    rb"(?:mime-version|message-id|received|return-path|x-mailer|content-type|dkim-signature|from|subject)$"
)


def header_of(material: Material) -> dict[bytes, bytes]:
    """Read the header that `material` opens with, by names in small letters; empty where it opens with none."""
    found: dict[bytes, bytes] = {}
    start = re.sub(rb"\AFrom [^\r\n]*\r?\n", b"", material.start)
    name = b""
    for line in re.split(rb"\r?\n", start):
        if line[:1] in (b" ", b"\t") and name:
            found[name] += line
        elif _FIELD.match(line):
            name, _, value = line.partition(b":")
            name = name.lower()
            found.setdefault(name, value)
        elif not line.strip():
            return found
        else:
            return {}
    return found  # a long header may not end within the part that is read


def _is_mail(material: Material) -> bool:
    header = header_of(material)
    known = {name for name in header if _SIGNS.match(name)}
    return len(known) >= 2 and bool(
        known & {b"mime-version", b"message-id", b"received", b"content-type", b"return-path"}
    )


def _read(material: Material, _: Choice) -> Draft:
    from newsletter.sources.mail.reader import read_mail

    return read_mail(material)


KIND = SourceKind("saved mail", _read, certain=_is_mail, most_bytes=MOST_BYTES_OF_A_BUNDLE)
