"""Reads an answer that a person wrote: which mail of ours it answers, and whether it may ask to be taken off the list.

Mail programs name what they answer in In-Reply-To and References (RFC 5322 §3.6.4). Only the person's own words are
read, not what their program quotes below them: our own mail says "unsubscribe", too.
"""

import re
from dataclasses import dataclass

from newsletter.bounces.parse.letter import Letter

MOST_IDS = 50
MOST_TEXT = 20_000
MOST_OWN = 2_000
"""How many characters of a person's own words are looked at."""


@dataclass(frozen=True, slots=True)
class HumanAnswer:
    """An answer that a person seems to have written."""

    answered: tuple[str, ...]
    """The Message-IDs that it names, the nearest first, in lower case."""
    sender: str
    """The address in From, in lower case; empty: there is none. Only compared with addresses that we know."""
    own_id: str
    """Its own Message-ID, in lower case."""
    subject: str
    wants_to_leave: bool
    """Whether it looks like "please take me off". For a human to read; nothing follows from it by itself."""
    digest: str


def read_answer_of(letter: Letter, digest: str) -> HumanAnswer | None:
    """Read what a person answers; None: it names no mail that it answers, or no person wrote it."""
    answered = _answered(letter)
    sender = _sender(letter)
    if not answered or is_receipt(letter) or _MACHINE.match(sender) or "<>" in letter.all("return-path"):
        return None
    own_id = letter.first("message-id").lower()
    return HumanAnswer(answered, sender, own_id, letter.words("subject"), wants_to_leave(letter), digest)


def is_receipt(letter: Letter) -> bool:
    """Say whether it only tells that a mail was shown or deleted (RFC 8098)."""
    return letter.report_type == "disposition-notification" or bool(
        letter.of_type("message/disposition-notification")
        or letter.first("x-ms-exchange-message-is-read-receipt")
        or _RECEIPT.match(letter.words("subject"))
    )


def without_prefixes(subject: str) -> str:
    """Return a subject without the "Re:" of any language in front of it."""
    return _PREFIXES.sub("", " ".join(subject.split())).casefold()


def wants_to_leave(letter: Letter) -> bool:
    """Say whether it looks like "please take me off": only the person's own words count, not what they quote."""
    own = own_words(letter)
    short = not own.strip() and not _IS_REPLY.match(letter.words("subject"))
    said = f"{letter.words('subject') if short else ''}\n{own}"
    if _ONLY.fullmatch(own.strip(" \n.!?,-")):
        return True
    return any(not _NOT.search(said[max(0, found.start() - 25) : found.start()]) for found in _LEAVE.finditer(said))


def own_words(letter: Letter) -> str:
    """Return what a person wrote above what their program quotes."""
    plain = [text for text in letter.of_type("text/plain") if text.strip()]
    text = (plain or letter.of_type("text/html") or [""])[0][:MOST_TEXT].replace("\xa0", " ")
    cut = min((found.start() for pattern in _QUOTES if (found := pattern.search(text))), default=len(text))
    lines = [line for line in text[:cut].split("\n") if not line.lstrip().startswith((">", "|"))]
    return " ".join(" ".join(lines).split())[:MOST_OWN].replace("’", "'")


def _answered(letter: Letter) -> tuple[str, ...]:
    said = " ".join([*letter.all("in-reply-to"), *reversed(letter.all("references"))])
    nearest = _ID.findall(letter.first("in-reply-to")) + _ID.findall(said)[::-1]
    return tuple(dict.fromkeys(each.lower() for each in nearest))[:MOST_IDS]


def _sender(letter: Letter) -> str:
    found = _ADDRESS.findall(letter.first("from")[:1000])
    return found[-1].lower() if found else ""


_ID = re.compile(r"<[^<>\s]{3,300}>")
_ADDRESS = re.compile(r"[^\s<>()\",;:]{1,64}@[^\s<>()\",;:]{1,253}")
_MACHINE = re.compile(
    r"(?:mailer-daemon|postmaster|bounces?|(?:do-?|no-?)(?:not-?)?reply|autorespon\w*|auto-?reply)[+._-]?[^@]*@",
    re.IGNORECASE,
)
_RECEIPT = re.compile(
    r"\s*(?:(?:not )?read|gelesen|lu|leído|letto|lido|darllenwyd|return receipt|read receipt|disposition)"
    r"(?: ?\(displayed\))?:\s",
    re.IGNORECASE,
)
_PREFIX = r"(?:re|aw|sv|vs|antw|odp|rv|rif|ref|ynt|atb|antwort|réf?)(?:\[\d+\])?\s?:\s*"
_PREFIXES = re.compile(rf"^(?:{_PREFIX})+", re.IGNORECASE)
_IS_REPLY = re.compile(rf"^{_PREFIX}", re.IGNORECASE)

_ANY_CASE = re.IGNORECASE | re.MULTILINE
_QUOTES = (
    # On Mon, 1 Mar 2027 at 09:00, Our News <news@example.org> wrote: in several languages, and over two lines.
    re.compile(
        r"^[^\n]{0,200}(?:\n[^\n]{0,120})?\b(?:wrote|a écrit|schrieb|escribió|ha scritto|escreveu|napisał\(?a?\)?|"
        r"schreef|skrev|ysgrifennodd|kirjoitti)\b[^\n]{0,120}:[ \t]*$",
        _ANY_CASE,
    ),
    re.compile(
        r"^[ \t]*-{2,}[ \t]*(?:original|ursprüngliche|message d'origine|mensaje original|messaggio originale|"
        r"neges wreiddiol|forwarded)[^\n]{0,60}$",
        _ANY_CASE,
    ),
    re.compile(r"^[ \t]*_{10,}[ \t]*$", _ANY_CASE),
    re.compile(
        r"^[ \t]*\*?(?:from|von|de|da|oddi wrth|van|fra|från|od)\*?[ \t]?:[^\n]{1,200}\n(?:[^\n]{0,200}\n){0,2}"
        r"[ \t]*\*?"
        r"(?:sent|date|gesendet|envoyé|enviado|inviato|anfonwyd|to|an|à|para|verzonden|sendt|skickat|wysłano)"
        r"\*?[ \t]?:",
        _ANY_CASE,
    ),
    re.compile(r"^[ \t]*>", _ANY_CASE),
    re.compile(r"^-- ?$", _ANY_CASE),
    re.compile(
        r"^[ \t]*(?:sent (?:from|with|via)|get outlook for|anfonwyd o|gesendet (?:von|mit)|envoyé (?:de|avec|depuis)|"
        r"enviado (?:desde|do|con)|inviato da|verzonden (?:vanaf|met)|wysłane z|skickat från)\b[^\n]{0,100}$",
        _ANY_CASE,
    ),
)
"""What stands above a quoted mail, or above a signature."""

_LEAVE = re.compile(
    r"\b(?:(?:please|can you|could you|kindly|want to|like to|wish to|how (?:do|can) i) (?:unsubscribe|opt out)|"
    r"unsubscribe (?:me|us|please|my|this)|opt (?:me|us) out|"
    r"(?:take|get) (?:me|us|my (?:name|e-?mail|address)[^.!?]{0,20}) off|"
    r"remove (?:me|us|my (?:name|e-?mail|address))|delete (?:me|my (?:name|e-?mail|address|details))|"
    r"stop (?:sending|e-?mailing|mailing|writing|contacting)|"
    r"(?:do not|don't|never) (?:e-?mail|send me|contact|write to) |"
    r"no (?:more|further|longer) (?:e-?mails?|messages|newsletters?|mails?|(?:wish|want) to (?:receive|get|hear))|"
    r"(?:no longer|don't|do not) (?:want|wish) (?:to (?:receive|get)|these|your|any more|your) |"
    r"dad-?danysgrifi\w*|(?:tynnwch|tynnu|dileu|dilëwch) (?:fi|fy (?:enw|nghyfeiriad|e-?bost|manylion))|"
    r"peidiwch (?:â|ag) (?:anfon|e-?bostio|ysgrifennu|cysylltu)|stopiwch anfon|dim (?:mwy|rhagor) o (?:negeseuon|"
    r"e-?byst|gylchlythyrau)|"
    r"d[ée]sabonn\w+|d[ée]sinscri\w+|ne (?:plus|souhaite plus|veux plus) recevoir|(?:retirez|supprimez)-moi|"
    r"(?:bitte )?(?:abmelden|austragen|abbestellen)\b|(?:melden|tragen) sie mich [^.!?]{0,40}\b(?:ab|aus)\b|"
    r"keine (?:weiteren |mehr )?(?:e-?mails?|newsletter|nachrichten)|"
    r"darme de baja|d[ée]nme de baja|dar(?:se)? de baja|cancelar (?:mi|la) suscripci[óo]n|no (?:quiero|deseo) recibir|"
    r"cancella(?:re|te)mi|disiscriv\w+|non (?:voglio|desidero) (?:più )?ricevere|"
    r"cancelar (?:a )?(?:minha )?(?:inscri[çc][ãa]o|assinatura)|descadastr\w+|"
    r"n[ãa]o (?:quero|desejo) (?:mais )?receber|"
    r"(?:graag )?(?:uitschrijven|afmelden)\b|schrijf mij uit|"
    r"wypisa[ćc]|wypiszcie|prosz[ęe] (?:mnie )?(?:wypisać|usun[ąa]ć))",
    re.IGNORECASE,
)
_ONLY = re.compile(
    r"(?:please )?(?:unsubscribe|stop|remove|opt[ -]?out|leave|stopiwch|dad-?danysgrifio|d[ée]sabonner|abmelden|"
    r"baja|uitschrijven|wypisz)(?:,? (?:please|thanks?|thank you|now|diolch|bitte|merci))?",
    re.IGNORECASE,
)
"""All that a person wrote."""
_NOT = re.compile(
    r"\b(?:don't|do not|not|never|didn't|won't|cannot|can't|wouldn't|nicht|kein\w*|pas|nunca|non|ddim)"
    r"(?: \w+){0,2}\s*$",
    re.IGNORECASE,
)
"""What turns a wish round: "please do not take me off"."""
