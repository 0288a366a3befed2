"""How columns are named: one spelling for each header, and the names that lists of all programs share; pure."""

import re
import unicodedata
from collections.abc import Collection, Mapping

from subscribers.imports import preferences

SUPPRESSED = ("suppressed", "suppressed_at", "suppressed_detail")
"""The columns of our own export that say an address is suppressed."""


def column_name(text: str) -> str:
    """Spell a column's name as a merge tag can: lower case, ASCII, underscores."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:64]
    return f"_{name}"[:64] if name[:1].isdigit() else name


def shown_header(text: str) -> str:
    """Return a header as written, without unprintable characters, at most 40 characters."""
    return "".join(character for character in text.strip() if character.isprintable())[:40]


def numbered(name: str, taken: Collection[str]) -> str:
    """Add a number to a column name that is already taken."""
    number = 2
    while name and f"{name}_{number}" in taken:
        number += 1
    return f"{name}_{number}" if name else ""


# The first one in the list counts; an `address` beside an `email` is a postal address.
ADDRESS = (
    "email", "e_mail", "email_address", "e_mail_address", "e_mail_1_value", "email_1_value", "primary_email", "email1",
    "email_1", "e_bost", "ebost", "cyfeiriad_e_bost", "e_mail_adresse", "emailadresse", "mailadresse", "adresse_e_mail",
    "adresse_mail", "adresse_electronique", "courriel", "correo_electronico", "correo",
    "direccion_de_correo_electronico", "subscriber_email", "recipient", "mail", "subscriber", "address",
)  # fmt: skip
OTHER_ADDRESS = re.compile(r"e_?mail_?[2-9](_value|_address)?")
_WORDS_AROUND = [
    "a", "the", "your", "my", "our", "what", "whats", "is", "please", "enter", "give", "type", "primary", "main",
    "best", "work", "home", "personal", "private", "business", "school", "other", "alternative", "secondary",
    "preferred", "current", "valid", "contact", "address", "addresses", "addr", "adresse", "adres", "id", "member",
    "attendee", "guest", "subscriber", "customer", "user", "owner", "parent", "guardian", "respondent", "volunteer",
    "supporter", "donor", "person", "individual", "people", "s", "eich", "cyfeiriad", "beth", "yw", "ihre", "deine",
    "meine", "die", "wie", "lautet", "votre", "quelle", "est", "l", "d", "su", "tu", "cual", "es", "direccion",
    "de", "electronico", "electronique", "mail", "e", "bost", "e1", "1",
]  # fmt: skip
_AROUND_AN_ADDRESS = "|".join(_WORDS_AROUND)
LIKELY_ADDRESS = re.compile(
    rf"(?:(?:{_AROUND_AN_ADDRESS})_)*(?:e_?mails?|emailaddress|e_?bost|courriel|correo)(?:_(?:{_AROUND_AN_ADDRESS}))*"
)
"""Matches a column that probably holds email addresses: its name says only that, and perhaps whose they are."""
KNOWN: Mapping[str, tuple[str, ...]] = {
    "first_name": (
        "first_name", "firstname", "given_name", "givenname", "forename", "fname", "first_names", "given_names",
        "forenames", "christian_name", "preferred_first_name", "enw_cyntaf", "enw_bedydd", "enwau_cyntaf", "vorname",
        "prenom", "primer_nombre", "nombre_de_pila", "voornaam",
    ),
    "last_name": (
        "last_name", "lastname", "surname", "family_name", "familyname", "lname", "last_names", "surnames",
        "cyfenw", "enw_olaf", "enw_teuluol", "nachname", "familienname", "nom_de_famille", "apellidos", "apellido",
        "primer_apellido", "cognome", "achternaam",
    ),
    "language": ("language", "preferred_language", "lang", "iaith", "sprache", "langue", "idioma"),
    "tags": ("tags", "labels", "group_membership", "groups_in", "tagiau"),
    "joined_at": ("joined_at",),
    **{name: (name,) for name in preferences.COLUMNS},
    **dict.fromkeys(SUPPRESSED, ()),
}  # fmt: skip
SHORT: Mapping[str, tuple[str, ...]] = {
    "first_name": ("first", "given", "cyntaf"),
    "last_name": ("last", "family", "olaf"),
}
"""Short forms of the names. The cells of such a column are checked too, because it may be about something else."""
_NAME_ASKED = {"first_name": r"(?:first|given|fore)_?names?|enw_cyntaf|vorname|prenom|nombre_de_pila",
               "last_name": r"(?:last|family|sur)_?names?|cyfenw|nachname|nom_de_famille|apellidos?"}  # fmt: skip
LIKELY_NAME: Mapping[str, re.Pattern[str]] = {
    name: re.compile(rf"(?:(?:{_AROUND_AN_ADDRESS})_)*(?:{asked})(?:_(?:{_AROUND_AN_ADDRESS}|required|optional))*")
    for name, asked in _NAME_ASKED.items()
}
"""Matches a column that is probably a first or last name, also as a form's question or with whose name it is."""
BESIDE: Mapping[str, Mapping[str, str]] = {
    "first_name": dict.fromkeys(("name", "enw", "nombre", "nome"), ".*"),
    "last_name": dict.fromkeys(("name", "nom"), "vorname|prenom"),
}
"""“Name” is the first or last name if another column has the other part: “Name, Surname”, in German “Name, Vorname”."""
SAID_AT = ("confirm_time", "optin_time", "subscribed_at", "subscribed_on")
SAID_FROM = ("confirm_ip", "optin_ip", "signup_ip")
LEFT_AT = frozenset({
    "unsub_time", "unsubscribed_at", "unsubscribe_date", "unsubscribed_on", "unsubscribe_time", "date_unsubscribed",
    "optout_time", "opt_out_time", "unsubscribed_date", "unsubscription_date",
})  # fmt: skip
