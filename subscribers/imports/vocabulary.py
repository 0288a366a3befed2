"""Reads what a cell says about wanting mail: a status or an answer, in English, Welsh, German, French, Spanish; pure.

`folded` removes case, accents and punctuation, so that one spelling stands for all. A status counts only if it is the
whole cell. An answer may have polite words around it: "No thanks" is a no, "No 12 bus" is not.
"""

import re
import unicodedata
from functools import lru_cache

from subscribers.imports.status import ImportedStatus

_APART = re.compile(r"(?:[^\w✓✔☑☒✗✘]|_)+")

LONGEST_ANSWER = 40
"""The most characters of a cell in which a survey looks for a status; `answer_of` reads cells of up to 200."""


@lru_cache(maxsize=4096)
def folded(text: str) -> str:
    """Spell a text as the words below are spelt: lower case, no accents, one space for any run of signs.

    Letters of other scripts stay, so that no word that we cannot read passes for an empty cell, or is left out of a
    sentence that then seems to say yes.
    """
    plain = text.lower() if text.isascii() else unicodedata.normalize("NFKD", text.casefold()).replace("\u0142", "l")
    return _APART.sub(" ", "".join(letter for letter in plain if not unicodedata.combining(letter))).strip()


YES = frozenset({
    "1", "yes", "y", "true", "t", "on", "x", "✓", "✔", "☑", "checked", "ticked", "agree", "agreed", "accept", "accepted",
    "sure", "ok", "okay", "ie", "ydw", "oes", "cytuno", "cytunaf", "cywir", "ja", "j", "wahr", "einverstanden",
    "zugestimmt", "oui", "vrai", "d accord", "si", "verdadero", "de acuerdo", "acepto",
})  # fmt: skip
NO = frozenset({
    "0", "no", "n", "false", "f", "off", "never", "unchecked", "unticked", "declined", "disagree", "refused", "not me",
    "☒", "✗", "✘", "na", "nage", "nac ydw", "nac oes", "dim diolch", "nid", "ffug", "gwrthod", "nein", "falsch",
    "abgelehnt", "nie", "non", "faux", "refuse", "jamais", "falso", "nunca", "rechazado",
})  # fmt: skip

STATES: dict[ImportedStatus, frozenset[str]] = {
    ImportedStatus.CONFIRMED: frozenset({
        "confirmed", "subscribed", "subscriber", "active", "enabled", "opted in", "opt in", "optin", "double opt in",
        "single opt in", "confirmed opt in", "explicit", "valid", "consented", "consent given",
        "tanysgrifiwyd", "cadarnhawyd", "wedi tanysgrifio", "wedi cadarnhau", "gweithredol",
        "abonniert", "angemeldet", "bestatigt", "aktiv", "abonne", "inscrit", "confirme", "actif",
        "suscrito", "confirmado", "activo",
    }),
    ImportedStatus.PENDING: frozenset({
        "pending", "unconfirmed", "not confirmed", "non subscribed", "nonsubscribed", "never subscribed", "unactivated",
        "unknown", "transactional", "awaiting confirmation", "no consent", "not subscribed", "not opted in", "none given",
        "heb gadarnhau", "heb ei gadarnhau", "heb danysgrifio", "yn aros", "dim caniatad",
        "ausstehend", "unbestatigt", "nicht bestatigt", "nicht angemeldet", "en attente", "non confirme", "non inscrit",
        "pendiente", "sin confirmar", "no confirmado", "no suscrito",
    }),
    ImportedStatus.WITHDRAWN: frozenset({
        "withdrawn", "unsubscribed", "unsubscribe", "unsub", "opted out", "opt out", "optout", "removed", "disabled",
        "inactive", "archived", "deleted", "do not email", "do not mail", "deactivated", "on hold opt out", "cancelled",
        "canceled", "left", "no longer wants mail", "stop", "no email", "no emails", "no mail", "remove",
        "dad danysgrifiwyd", "wedi dad danysgrifio", "anweithredol", "dim e bost", "dim e byst", "peidiwch ag e bostio",
        "abgemeldet", "abbestellt", "ausgetragen", "gekundigt", "inaktiv", "widerrufen", "keine mails", "keine e mails",
        "desabonne", "desinscrit", "inactif", "resilie", "pas d email", "ne pas contacter",
        "baja", "dado de baja", "de baja", "desuscrito", "inactivo", "cancelado",
    }),
    ImportedStatus.ASKED: frozenset({
        "blocklisted", "blacklisted", "blocked", "blocklist", "blacklist", "suppressed", "suppression", "asked",
        "do not contact", "dnc", "never contact", "deceased", "died", "dead",
        "wedi marw", "peidiwch a chysylltu", "gesperrt", "verstorben", "nicht kontaktieren", "bloque", "decede",
        "bloqueado", "fallecido", "no contactar",
    }),
    ImportedStatus.BOUNCED: frozenset({
        "cleaned", "bounced", "bounce", "bouncing", "hard bounce", "hard bounced", "hardbounce", "undeliverable", "bad",
        "unreachable", "invalid", "on hold", "on hold bounce", "bad address", "bad email", "not valid", "returned",
        "annilys", "wedi bownsio", "unzustellbar", "ungultig", "rebond", "invalide", "rebotado", "rebote", "invalido",
    }),
    ImportedStatus.COMPLAINED: frozenset({
        "complained", "complaint", "spam", "spam complaint", "spam report", "abuse", "marked as spam", "junk",
        "spam reported", "reported spam", "cwyn", "beschwerde", "plainte", "queja",
    }),
}  # fmt: skip

EVERYDAY = frozenset({
    "valid", "active", "enabled", "unknown", "removed", "left", "stop", "bad", "returned", "on hold", "cleaned", "dead",
    "died", "asked", "remove", "pending", "confirmed", "inactive", "archived", "deleted", "cancelled", "canceled",
    "disabled", "blocked", "invalid", "junk", "abuse", "complaint", "aktiv", "inaktiv", "actif", "inactif", "activo",
    "inactivo", "cancelado", "ausstehend", "en attente", "pendiente", "confirmado", "bestatigt", "confirme", "abonne",
    "inscrit", "yn aros", "gweithredol", "anweithredol", "baja", "subscriber", "explicit", "transactional", "withdrawn",
    "suppression", "unreachable", "cwyn", "plainte", "queja", "resilie", "widerrufen", "gekundigt", "rebond", "rebote",
})  # fmt: skip
"""Words for a status that other columns use too, as "unknown" for a town; so REFUSALS leaves them out."""

_STATE_OF = {word: status for status, words in STATES.items() for word in words}

REFUSALS = frozenset(
    word
    for status, words in STATES.items()
    for word in words
    if status > ImportedStatus.PENDING and word not in EVERYDAY
)
"""Words that are a refusal in any column: one such cell in a column of unknown meaning stops an import."""

SPELT = frozenset(
    spelt
    for word in REFUSALS
    for spelt in (word, word.replace(" ", "-"), word.replace(" ", "_"), word.replace(" ", ""), word.replace(" ", "/"))
)
"""The refusals in lower case, each with a space, a sign or nothing between its words.

For a quick look at many cells without `folded`, which takes longer. Spellings with accents are not among them: the
caller folds cells that are not ASCII.
"""


def state_of(text: str) -> ImportedStatus | None:
    """Return the status that a whole cell stands for; None: it stands for no status. Yes and no are for `answer_of`."""
    return _STATE_OF.get(folded(text))


@lru_cache(maxsize=4096)
def answer_of(text: str) -> bool | None:
    """Read a cell as yes (True) or no (False), also with polite words around it: "No thanks". None: it is neither."""
    plain = folded(text)
    # One letter or digit is an answer only if no sign stands beside it: "[0]" is none.
    if len(plain) == 1 and text.strip().lower() != plain:
        return False if text.strip() == "-" else None
    if plain in YES:
        return True
    if plain in NO or text.strip() == "-":
        return False
    if len(text) > 200:
        return None
    return _courteous(plain, text)


def _courteous(plain: str, text: str) -> bool | None:
    """Read an answer of several words; `plain` is `text` folded, so only `text` shows a comma after the yes or no."""
    first, _, rest = plain.partition(" ")
    if first in _PLAIN_NO and (rest in _THANKS or _comma_after_first(text) or _PLEASE_DO_NOT.match(rest)):
        return False
    if (
        first in _PLAIN_YES
        and not _NEGATED.search(rest)
        and (rest in _THANKS or _comma_after_first(text) or _I.match(rest))
    ):
        return True
    if _PLEASE_DO_NOT.match(plain) or plain in _OTHER_NOES:
        return False
    return True if _PLEASE.match(plain) and not _NEGATED.search(plain) else None


def _comma_after_first(text: str) -> bool:
    """Tell whether a comma, or another sign that ends a clause, follows the first word."""
    return bool(re.match(r"\s*[^\W\d_]+\s*(?:[,:;!–—-]|\.(?!\s*\d))", text))  # "No. 12 bus" is no answer


_PLAIN_YES = {"yes", "ie", "ydw", "oes", "ja", "oui", "si", "sure", "ok", "okay"}
_PLAIN_NO = {"no", "na", "nage", "nein", "non"}
_THANKS = {
    "", "please", "thanks", "thank you", "thankyou", "ta", "definitely", "of course", "os gwelwch yn dda", "diolch",
    "bitte", "danke", "gern", "gerne", "merci", "s il vous plait", "gracias", "por favor", "never", "sorry", "way",
    "email", "emails", "to emails", "not now", "not at the moment", "not interested", "absolutely", "mail", "mails",
}  # fmt: skip
_OTHER_NOES = {
    "not interested", "not now", "not for me", "i d rather not", "rather not", "prefer not", "i would rather not",
    "opt me out", "please remove me", "remove me", "take me off", "leave me off", "dim diolch", "lieber nicht",
    "je refuse", "prefiero no", "not thanks", "nope", "nah", "thanks but no thanks", "thanks but no",
}  # fmt: skip
_NEGATED = re.compile(
    r"\b(?:not|no|never|non|nor|don t|dont|can t|cannot|won t|wouldn t|nid|ddim|dim|nicht|kein\w*|nie|pas|plus|jamais|nunca|"
    r"stop\w*|unsub\w*|out|off|remov\w*|cancel\w*|delet\w*|erase\w*|forget|leave|left|quit|end|withdraw\w*|object\w*|"
    r"only|but|except|unless|until|less|fewer|rather|instead|phone|post|postal|letter|text|sms|whatsapp|call|"
    r"peidi\w*|tynn\w*|dad danysgrif\w*|ond|unig|abmeld\w*|abgemeldet|abbestell\w*|austragen|loschen|nur|aber|kundig\w*|"
    r"desabonn\w*|desinscri\w*|retir\w*|supprim\w*|resili\w*|seulement|mais|sauf|baja|borr\w*|quitar\w*|anul\w*|solo|"
    r"solamente|pero)\b"
)
"""Words that make a yes of several words doubtful: a refusal, a condition, or another way than email. It is asked about."""
_PLEASE_DO_NOT = re.compile(r"(?:please )?(?:i )?(?:do not|don t|dont|would not|wouldn t|peidiwch)\b")
_PLEASE = re.compile(r"(?:please (?:do|add|send|sign|keep|subscribe)|i (?:agree|consent|accept|want|would like|d like)|sign me up|"
                     r"add me|count me in|keep me (?:posted|informed|updated|up to date)|send me|rwy n cytuno|ich (?:stimme zu|will|mochte)|"
                     r"j accepte|acepto|quiero)\b")  # fmt: skip
_I = re.compile(
    r"(?:please\b|i (?:would|d|want|agree|consent|am|do)\b|keep|send|add|sign|rwy|ich|je|j |quiero|subscribe|to )"
)
"""What may follow a yes that is meant: "Yes I would", "Yes send it"."""
