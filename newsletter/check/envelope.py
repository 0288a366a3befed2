"""What surrounds the article in a mail. In: a Reading, a CompiledEmail, Settings.

Out: findings on subject, preheader, language, and the frame that the templates make.
"""

import re
from collections import Counter
from collections.abc import Iterator

from newsletter.check.reading import PostReading, excerpt
from newsletter.compiler import CompiledEmail, Finding, Severity
from newsletter.merge import split
from newsletter.settings import Settings, variable

LONG_SUBJECT, TOO_LONG_SUBJECT = 60, 100
_LONG_PREHEADER = 150
_FEW_WORDS = 30
_COMMON = {
    "en": "the of and to in is that for it with as are was this have be on you we our".split(),
    "cy": "yn y yr a i o ar am mae ydy wedi gyda gan eu ein fod bod hwn hyn sydd oedd ond roedd".split(),
    "fr": "le la les des et est que une dans pour qui sur pas avec sont nous vous au".split(),
    "de": "der die das und ist nicht mit den von zu ein eine auf für sich wir auch dem".split(),
    "es": "el los las que del se por una con para es su al lo más como pero".split(),
    "pl": "i w na z że się nie do jest to o jak za od po tym dla przez".split(),
}
_SCRIPTS = (
    ("Arabic", re.compile(r"[\u0600-\u06ff]"), ("ar", "fa", "ur", "ps", "ckb", "sd", "ug", "ku")),
    ("Hebrew", re.compile(r"[\u0590-\u05ff]"), ("he", "yi")),
    ("Cyrillic", re.compile(r"[\u0400-\u04ff]"), ("ru", "uk", "bg", "sr", "mk", "be", "kk", "ky", "mn", "tg")),
    ("Greek", re.compile(r"[\u0370-\u03ff]"), ("el", "grc")),
    ("Chinese or Japanese", re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]"), ("zh", "ja", "yue")),
)


def envelope_findings(reading: PostReading) -> Iterator[Finding]:
    """Check subject, preheader and language."""
    yield from _subject(reading)
    yield from _preheader(reading)
    yield from language_findings(reading)


def frame_findings(email: CompiledEmail) -> Iterator[Finding]:
    """Check that the templates kept what every mail must have."""
    for part, text in (("HTML", email.html), ("text", email.text)):
        if not text.strip():
            yield Finding(Severity.ERROR, f"the {part} part is empty")
        elif not any(not isinstance(piece, str) and piece.name == "unsubscribe_url" for piece in split(text)):
            yield Finding(
                Severity.ERROR,
                f"the {part} part has no unsubscribe link. Put {{{{ gap('unsubscribe_url') }}}} into the template",
            )


def missing_settings(settings: Settings) -> Iterator[Finding]:
    """Name missing settings without which nothing may be sent: readers must see who sends the mail, and from where."""
    for name in ("organisation", "postal_address"):
        if not getattr(settings, name):
            yield Finding(
                Severity.ERROR,
                f"{variable(name)} is not set. {_WHY_NEEDED[name]} Add it to the file .env.",
            )


_WHY_NEEDED = {
    "organisation": "Readers must see who the email is from.",
    "postal_address": "Many countries require a postal address in campaign emails.",
}


def without_pages(settings: Settings, email: CompiledEmail) -> Iterator[Finding]:
    """Say what a campaign without public pages should know about its mail."""
    if settings.base_url:
        return
    name = variable("base_url")
    for tag in ("preferences_url", "web_url"):
        if f"\ue000{tag}" in email.html + email.text:
            yield Finding(Severity.ERROR, f"{{{{{tag}}}}} does not work, because {name} is not set. Take it out")
    why = (
        f"{name} is not set, so there is no unsubscribe page. People can only unsubscribe by sending an email, which "
        "`newsletter bounces process` must read. Gmail and Yahoo require one-click unsubscribing from large senders: "
        "run `newsletter serve` and put its public address here."
    )
    yield Finding(Severity.WARNING, why)


def missing_address(settings: Settings, email: CompiledEmail) -> Iterator[Finding]:
    """Report files of the post that readers could not fetch, because no setting gives an address for them."""
    if email.published and not settings.files_address:
        files = f"{len(email.published)} file{'s' if len(email.published) > 1 else ''}"
        why = (
            f"the post links to {files} of yours, and readers cannot open them yet. Put the address of `newsletter "
            f"serve` into {variable('base_url')}, or that of a web host into {variable('files_url')}"
        )
        yield Finding(Severity.ERROR, why)


def _subject(reading: PostReading) -> Iterator[Finding]:
    subject = reading.post.subject
    line = 1 if reading.post.first_line > 1 else None
    length = len(subject)
    if length > TOO_LONG_SUBJECT:
        yield Finding(
            Severity.WARNING,
            f"the subject is {length} characters. Inboxes show 40 to 70, so readers may not see the rest: shorten it",
            line,
        )
    elif length > LONG_SUBJECT:
        yield Finding(
            Severity.NOTE,
            f"the subject is {length} characters. A phone shows about 40, so put what matters first",
            line,
        )
    if _shouts(subject):
        yield Finding(
            Severity.WARNING,
            f"the subject “{excerpt(subject)}” shouts. It looks like an advertisement to readers, and like spam to "
            "spam filters: use small letters, and one ! or ? at most",
            line,
        )
    if re.match(r"(?:re|fwd?|fw)\s*:", subject, re.IGNORECASE):
        yield Finding(
            Severity.WARNING,
            "the subject looks like a reply (Re:, Fwd:). Readers feel tricked, and spam filters notice: take that out",
            line,
        )
    if re.fullmatch(r"(?:untitled|no title|title|subject|test|draft|new post|di-deitl)\W*", subject, re.IGNORECASE):
        yield Finding(Severity.ERROR, f"the subject is still “{subject}”. Write what the email is about", line)


def _shouts(subject: str) -> bool:
    words = re.findall(r"[^\W\d_]{2,}", subject)
    loud = [word for word in words if word.isupper() and len(word) > 3]
    mostly = len(words) > 1 and sum(map(len, loud)) > 0.5 * sum(map(len, words))
    return mostly or len(loud) >= 3 or bool(re.search(r"!{2,}|\?{2,}|[!?]{3,}|\${2,}|£{2,}", subject))


def _preheader(reading: PostReading) -> Iterator[Finding]:
    post = reading.post
    line = 1 if post.first_line > 1 else None
    if not post.preheader:
        why = (
            "there is no preview text, so inboxes show the first words of your post after the subject. To choose your "
            "own, add a line at the top: preheader: …"
        )
        yield Finding(Severity.NOTE, why, line)
    elif post.preheader.casefold() == post.subject.casefold():
        yield Finding(
            Severity.WARNING, "the preview text (preheader) repeats the subject. Say something more in it", line
        )
    elif len(post.preheader) > _LONG_PREHEADER:
        yield Finding(
            Severity.NOTE,
            f"the preview text (preheader) is {len(post.preheader)} characters. Inboxes cut it at about 100",
            line,
        )


def language_findings(reading: PostReading) -> Iterator[Finding]:
    """Check whether a post is in the language that it says."""
    prose, language = reading.prose, reading.post.language.lower().partition("-")[0]
    letters = sum(1 for letter in prose if letter.isalpha())
    for name, script, languages in _SCRIPTS:
        if letters > 40 and len(script.findall(prose)) > 0.5 * letters and language not in languages:
            why = (
                f"the post is in {name} letters, but says it is in “{language}”. Screen readers would read it out "
                "wrongly. Add its language at the top, such as language: uk"
            )
            yield Finding(Severity.WARNING, why, 1)
            return
    guess = _guess(prose)
    if guess and guess != language and language in _COMMON:
        why = (
            f"the post seems to be in “{guess}”, but says it is in “{language}”. Screen readers would read it out "
            f"wrongly. Put language: {guess} at the top"
        )
        yield Finding(Severity.WARNING, why, 1)


def _guess(prose: str) -> str:
    """Guess the language by its commonest words; empty if the text is short or no language clearly leads."""
    counts = Counter(re.findall(r"[^\W\d_]+", prose.lower()))
    total = counts.total()
    if total < _FEW_WORDS:
        return ""
    shares = sorted(
        ((sum(counts[word] for word in words) / total, name) for name, words in _COMMON.items()), reverse=True
    )
    (best, name), (second, _) = shares[:2]
    return name if best > 0.12 and best > 1.8 * second else ""
