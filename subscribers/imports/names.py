"""In: the name of a column whose meaning we do not know. Out: whether it suggests consent or refusal; pure.

Only whole words count: "Country" and "Adopted" contain "try" and "opted" and are harmless. Some words depend on their
neighbours: "Contact by email?" suggests consent, "Contact name" does not. English, Welsh, German, French and Spanish.
"""

import re
from enum import Enum, auto
from functools import lru_cache

from subscribers.imports.vocabulary import folded

LONGEST = 1000
"""How much of a header is looked at, in characters."""


class Smell(Enum):
    """What the name of a column suggests."""

    NOTHING = auto()
    HARMLESS = auto()
    """It is about something else than mail, where yes and no are usual answers."""
    CONSENT = auto()
    """It may say who wants mail."""
    REFUSAL = auto()
    """It may say who wants no mail: a yes in it is a no to mail, as in "Do not contact"."""


@lru_cache(maxsize=4096)
def smell(header: str) -> Smell:
    """Judge the header of a column, as the list has it."""
    words = folded(_HUMPS.sub(" ", header[:LONGEST]))
    plain = _IN_HARMLESS_COMPANY.sub(" ", words)
    if _REFUSAL.search(plain):
        return Smell.REFUSAL
    if _CONSENT.search(plain):
        return Smell.CONSENT
    return Smell.HARMLESS if plain != words or _HARMLESS.search(words) else Smell.NOTHING


def is_question_of_consent(header: str) -> bool:
    """Say whether a header is a form's question about wanting mail: "Would you like our newsletter?"."""
    words = folded(header[:LONGEST])
    return smell(header) is not Smell.REFUSAL and bool(_ASKS.search(words) and _ABOUT_MAIL.search(words))


def says_no_by_itself(name: str) -> str:
    """Return the word in the name of a file or sheet that says that its people want no mail; empty: none does."""
    found = _LIST_OF_REFUSALS.search(folded(_HUMPS.sub(" ", name[:LONGEST])))
    return found[0].strip() if found else ""


_HUMPS = re.compile(r"(?<=[a-z])(?=[A-Z])")


def _any(words: str) -> str:
    return "|".join(words.split())


_REFUSAL = re.compile(
    r"\b(?:" + _any(
        "unsubscribe unsubscribed unsubscribes unsubscribing unsubscription unsub unsubs optout optouts optedout dnc dne dnm "
        "donotcontact donotemail donotmail bounce bounces bounced bouncing blacklist blacklisted blocklist blocklisted "
        "suppressed suppression suppress undeliverable invalid complaint complaints complained complain spam deceased died "
        "dead withdrawn withdrew optedout unwanted abuse "
        "annilys marw bownsio cwyn cwynodd peidiwch peidio "
        "abgemeldet abmeldung abbestellt ausgetragen widerruf widerrufen gesperrt sperre verstorben beschwerde ungultig "
        "unzustellbar "
        "desabonne desabonnement desinscrit desinscription desinscrire decede plainte rebond bloque invalide "
        "baja desuscrito rebotado rebote bloqueado invalido fallecido queja"
    ) + r"|(?:do|does|did|should|must|please) not|don t|doesn t|opt(?:ed|s|ing)? out|not (?:to )?(?:be )?(?:contact|e ?mail|mail|send)\w*"
    r"|no (?:longer |more )?(?:e ?mails?|mails?|newsletters?|contact|mailings?|bulk|marketing)|never (?:e ?mail|mail|contact)"
    r"|remove(?:d)?(?: from| me)|on hold|is bad|bad (?:e ?mail|mail|address)|(?:e ?mail|mail|address) (?:is )?bad|block(?:ed)?|black"
    r"|wedi marw|dad danysgrif\w*|dim (?:e bost|e byst|cyswllt)|nicht (?:mehr )?\w+|keine? \w*mails?|ne pas|n accepte pas|no (?:enviar|contactar|desea|recibir|molestar)"
    r"|left (?:the )?list)\b"
)  # fmt: skip
_CONSENT = re.compile(
    r"\b(?:" + _any(
        "subscribe subscribed subscriber subscribes subscription subscriptions sub subs optin optins optedin opted opt consent "
        "consents consented consenting permission permissions permitted gdpr newsletter newsletters mailing mailings "
        "mailinglist emailing contact contacted contactable emailable mailable marketing status state bad "
        "gdprconsent privacy emailok mailok "
        "tanysgrifio tanysgrifiwyd tanysgrifiad tanysgrifiwr caniatad caniatau cydsyniad cydsynio cylchlythyr cylchlythyrau "
        "statws cyflwr cysylltu cyswllt preifatrwydd marchnata "
        "angemeldet anmeldung abonniert abonnement abo einwilligung zustimmung erlaubnis datenschutz dsgvo werbung kontakt "
        "kontaktieren rundbrief rundbriefe zustand verteiler einverstanden "
        "abonne inscrit inscription consentement accord autorisation rgpd statut etat contacter infolettre "
        "suscrito suscripcion consentimiento permiso boletin estado contactar autorizacion inscrito lopd"
    ) + r"|e ?mails? (?:ok|okay|allowed|preferences?|permissions?|agreed|yes|wanted|please|updates?|alerts?|lists?|me|status|opt)"
    r"|(?:ok|okay|happy|can|may|agree|agrees|agreed|wants?|willing|allow|allowed|accepts?) (?:\w+ ){0,3}(?:e ?mail(?:s|ed)?|mail(?:s|ed)?|contact(?:ed)?|newsletters?|updates|news)"
    r"|(?:hear|heard) (?:more )?from us|keep (?:me|you|in) (?:\w+ )?(?:posted|informed|touch|updated|up)|stay in touch|mailing ?list|wants? (?:mail|news|updates)"
    r"|receive (?:\w+ ){0,3}(?:e ?mails?|mails?|news|updates)|lettres? d information|rhestr (?:e bostio|bostio)|newyddion drwy)\b"
)  # fmt: skip
# Beside these words, a word that suggests consent or refusal is harmless.
_IN_HARMLESS_COMPANY = re.compile(
    r"\b(?:"
    r"(?:emergency|main|primary|secondary|first|second|key|other|company|business|press|media) contacts?(?: \w+)?"
    r"|contacts? (?:first |last |full |sur ?)?(?:names?|persons?|numbers?|phones?|tel|telephone|mobile|id|ids|address|details?|type|owner|title|role|organisation|organization|company|group)"
    r"|(?:name|phone|number|address|details|person) of (?:the )?contact|(?:nom|prenom|personne) (?:de|du|a) contact(?:er)?|kontakt(?:person| name| nummer| telefon)|persona de contacto"
    r"|(?:enw|rhif|manylion|person) (?:y )?cyswllt"
    r"|mailing (?:address|street|city|town|zip|post ?code|postal|state|province|country|county|line|name|label)(?: \w+)*"
    r"|states? (?:of (?:residence|origin|birth)|province|or (?:province|region|county)|region|county|code|name|abbr\w*|id|senate|house|assembly|rep\w*)"
    r"|(?:home|work|mailing|billing|shipping|business|us|u s|postal|address|user|voting|registered|residential|home address|other) state(?: \w+)?|(?:city|county|province|region) state"
    r"|(?:marital|civil|employment|job|work|housing|payment|paid|order|visa|immigration|attendee|attendance|ticket|dbs|volunteer|student|relationship|family|residency|health|vaccination|donor|voter|carer|check ?in|invoice|gift aid) status(?: \w+)?"
    r"|(?:familien|zivil)stand|estado (?:civil|de residencia)|etat civil|statut (?:marital|professionnel)|statws (?:priodasol|cyflogaeth)"
    r"|sub (?:group|category|region|team|type|branch|area|committee|district|unit|total)s?|subs paid"
    r"|(?:subscription|sub) (?:plan|amount|fee|tier|price|paid|expiry|expires|end|ends|renewal|currency|interval|period|cost|level)s?(?: \w+)?"
    r"|(?:tower |city )?block (?:number|name|no|address|of flats)|black (?:or|and|british|african|caribbean|asian)\b.*|bad weather\b.*"
    r"|newsletter of(?: \w+)*|(?:abo|abonnement) (?:preis|gebuhr|betrag)"
    r"|preferred contact (?:time|phone)|last contact(?:ed)?(?: (?:on|by|date))?|contacted (?:on|at|date)|date (?:last )?contacted"
    r")\b"
)  # fmt: skip
_HARMLESS = re.compile(
    r"\b(?:" + _any(
        "country land gwlad pays pais nation adopted adoption vegetarian vegetarians vegan vegans halal kosher gluten dairy nut nuts "
        "allergy allergies allergic diet dietary food meal lunch dinner wheelchair access accessible accessibility parking "
        "hearing loop bsl interpreter creche childcare child children kids pets dog dogs cat car driver drives driving "
        "licence license bike bicycle member members membership aelod aelodaeth mitglied mitgliedschaft membre miembro socio "
        "volunteer volunteers volunteering gwirfoddolwr gwirfoddoli freiwillig benevole voluntario donor donated donor donation "
        "trustee committee chair treasurer steward leafleting canvassing voter voted registered student retired employed "
        "paid fee deposit gift giftaid attended attending attendance came present absent checked photo photos photograph "
        "image images filming dbs first aider firstaid gender sex male female adult minor over under age disabled disability carer "
        "welsh cymraeg speaker speaks english bilingual smoker tshirt shirt camping tent swim swims vaccinated married "
        "quantity tickets guests guest seats number count amount total rating score resident tenant owner homeowner landlord "
        "petition signed signer pledge pledged received sent invoice stall raffle leaflet poster window garden sign "
        "vegetarisch vegan vegetarien vegetariano llysieuol figan"
    ) + r")\b"
)  # fmt: skip
_ASKS = re.compile(
    r"\b(?:would you|do you|may we|can we|could we|are you happy|are you ok|should we|shall we|want|wants|like to|happy to|please (?:tick|send|add|keep|sign)|"
    r"i (?:would|d|agree|consent|want|am happy)|yes|sign (?:me )?up|keep me|add me|tick|hoffech|ydych|gawn ni|hoffwn|mochten|durfen wir|ich mochte|"
    r"souhaitez|voulez|acceptez|je souhaite|quieres|desea|le gustaria|consent|agree)\b"
)  # fmt: skip
_ABOUT_MAIL = re.compile(
    r"\b(?:newsletters?|e ?mails?|mailings?|mailing list|updates|news|hear from us|contact(?:ed)? (?:you )?by|keep in touch|informed|posted|"
    r"cylchlythyr|newyddion|e bost|e byst|rundbrief\w*|infolettre|lettres? d information|boletin\w*|correos?|nouvelles|noticias|neuigkeiten)\b"
)  # fmt: skip
_LIST_OF_REFUSALS = re.compile(
    r"\b(?:unsubscribed?|unsubscribes|unsubscribers|unsubs|cleaned|bounced|bounces|suppress(?:ed|ions?)|blocklist(?:ed)?|blacklist(?:ed)?|"
    r"opt(?:ed)? ?outs?|do not (?:contact|e ?mail|mail)|non ?subscribed|unconfirmed|complaints?|complained|spam|deceased|removed|cancelled|"
    r"dad danysgrifi\w*|abgemeldete?|desabonnes?|desinscrits?|bajas?)\b"
)  # fmt: skip
