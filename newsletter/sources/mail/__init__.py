"""A saved mail (.eml). Signs: it opens with the header fields of a mail, whatever tags follow. Limit: a bundle's."""

import re

from newsletter.sources.choice import Choice
from newsletter.sources.draft import Draft
from newsletter.sources.kind import MOST_BYTES_OF_A_BUNDLE, Kind
from newsletter.sources.material import Material

_FIELDS = re.compile(r"(?:[A-Z][\w-]*: .*\n(?:[ \t].*\n)*){2,}\n")


def _is_mail(material: Material) -> bool:
    head = material.head
    return bool(_FIELDS.match(head)) and bool(
        re.search(r"^(?:MIME-Version|Message-ID):", head, re.MULTILINE | re.IGNORECASE)
    )


def _read(material: Material, _: Choice) -> Draft:
    from newsletter.sources.mail.reader import read_mail

    return read_mail(material)


KIND = Kind("saved mail", _read, certain=_is_mail, most_bytes=MOST_BYTES_OF_A_BUNDLE)
