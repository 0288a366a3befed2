"""Where the links of the two halves lead. In: aligned halves. Out: findings on links that do not pair.

The two targets of a pair may differ in what names a language (``/cy/`` and ``/en/``, ``?lang=``, ``cy.`` and ``en.``,
``agenda-cy.pdf``), and in words of their paths that each half uses itself, as a translated address does.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlsplit

from newsletter.check.pair.align import Aligned
from newsletter.check.pair.facts.contacts import same_box, same_domain
from newsletter.check.pair.facts.mutations import forms
from newsletter.check.pair.said import found, name_of, place_of
from newsletter.check.pair.units import Half, Unit
from newsletter.check.reading import excerpt
from newsletter.compiled import Finding

_NAMES = {
    "cy": ("cy", "cym", "cymraeg", "welsh", "cy-gb", "cy_gb", "w"),
    "en": ("en", "eng", "english", "saesneg", "en-gb", "en_gb", "e"),
}
_LANGUAGES = {name: language for language, names in _NAMES.items() for name in names}
_SHORT = ("w", "e")
"""What names a language in a query only: ?lang=w."""
_QUERY = ("lang", "language", "iaith", "locale", "hl", "l")
_SUFFIX = re.compile(r"^(.+)[-_.](cy|cym|cymraeg|welsh|en|eng|english|saesneg)(\.[a-z0-9]{2,5})?$", re.IGNORECASE)
_LEAST_NAME = 6
"""Letters of a name that is surely that of a site."""
_SAYS_SO = {
    "cy": re.compile(r"saesneg|english", re.IGNORECASE),
    "en": re.compile(r"welsh|cymraeg", re.IGNORECASE),
}
"""Words in a link that lead to the other language on purpose."""


@dataclass(frozen=True)
class Target:
    """An address without what names a language, and the language that was named; "" for none."""

    where: str
    path: str
    language: str

    @property
    def page(self) -> tuple[str, str]:
        return self.where, self.path


@dataclass(frozen=True)
class Link:
    """A link of one unit."""

    unit: Unit
    address: str
    words: str
    target: Target


def target_findings(first: Half, second: Half, aligned: Aligned) -> Iterator[Finding]:
    """Name each link whose target does not pair."""
    groups = [([p.first], [p.second]) for p in aligned.pairs if p.first and p.second]
    for ours, theirs in [*groups, *aligned.texts]:
        left, right = _links(ours), _links(theirs)
        for half, links, other, there in ((first, left, second, theirs), (second, right, first, ours)):
            for link in links:
                if _is_of_other_half(half, link):
                    yield _wrong_half(half, link, other, there)
        yield from _unpaired(first, left, second, right, (ours, theirs))


def target_of(address: str) -> Target:
    """Read an address."""
    address = unquote(address.strip())
    if address.lower().startswith("mailto:"):
        return Target("mailto", same_box(address[7:].partition("?")[0]), "")
    if address.lower().startswith("tel:"):
        return Target("tel", re.sub(r"\D", "", re.sub(r"^\+44", "0", address[4:])), "")
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return Target("", address, "")
    languages: list[str] = []
    path = "/".join(_segments(parts.path, languages))
    query = sorted(_query(parts.query, languages))
    host = _without_language(host, languages)
    return Target(same_domain(host), path + ("?" + "&".join(query) if query else ""), languages[0] if languages else "")


def _without_language(host: str, languages: list[str]) -> str:
    first, _, rest = host.partition(".")
    if "." in rest and first in _LANGUAGES and first not in _SHORT:
        languages.append(_LANGUAGES[first])
        return rest
    return host


def _segments(path: str, languages: list[str]) -> Iterator[str]:
    for segment in filter(None, path.split("/")):
        named = _SUFFIX.fullmatch(segment)
        if segment.lower() in _LANGUAGES and segment.lower() not in _SHORT:
            languages.append(_LANGUAGES[segment.lower()])
        elif named:
            languages.append(_LANGUAGES[named[2].lower()])
            yield named[1] + (named[3] or "")
        else:
            yield segment


def _query(query: str, languages: list[str]) -> Iterator[str]:
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name.lower() in _QUERY and value.lower() in _LANGUAGES:
            languages.append(_LANGUAGES[value.lower()])
        else:
            yield f"{name}={value}"


def _links(units: list[Unit]) -> list[Link]:
    return [Link(unit, address, words, target_of(address)) for unit in units for address, words in unit.links]


def _is_of_other_half(half: Half, link: Link) -> bool:
    named = link.target.language
    return bool(named) and named != half.language and not _SAYS_SO[half.language].search(link.words)


def _wrong_half(half: Half, link: Link, other: Half, units: list[Unit]) -> Finding:
    near = units[0].line if units else 1
    why = (
        f"the link “{excerpt(link.words, 40)}” leads readers of the {name_of(half)} to a page in {name_of(other)}: "
        f"{link.address}. Its partner is at {place_of(other, near)}. Put the {name_of(half)} address here; if there is "
        f"none, say so in the words of the link: ({'Saesneg' if half.language == 'cy' else 'in Welsh'})"
    )
    return found(half, half.line_of(link.unit, link.address), other, near, why)


def _unpaired(
    first: Half, left: list[Link], second: Half, right: list[Link], around: tuple[list[Unit], list[Unit]]
) -> Iterator[Finding]:
    right = list(right)
    alone = []
    for link in left:
        partner = next((each for each in right if each.target.page == link.target.page), None)
        if partner:
            right.remove(partner)
        else:
            alone.append(link)
    for link in list(alone):
        partner = next((each for each in right if _are_translated(first, link, second, each)), None)
        if partner:
            right.remove(partner)
            alone.remove(link)
    for link, other in zip(alone, right, strict=False):
        line, there = first.line_of(link.unit, link.address), second.line_of(other.unit, other.address)
        why = (
            f"the link “{excerpt(link.words, 40)}” leads to {link.address}, and its partner "
            f"“{excerpt(other.words, 40)}” on {place_of(second, there)} to {other.address}. Make both lead to the same "
            "page, each in its language"
        )
        yield found(first, line, second, there, why)
    for half, link, other_half, units in (
        *((first, link, second, around[1]) for link in alone[len(right) :]),
        *((second, link, first, around[0]) for link in right[len(alone) :]),
    ):
        near = units[0].line if units else 1
        why = (
            f"the link “{excerpt(link.words, 40)}” to {link.address} is only in the {name_of(half)}. Its words have no "
            f"partner at {place_of(other_half, near)}. Add the link there, or take it out here"
        )
        yield found(half, half.line_of(link.unit, link.address), other_half, near, why)


def _are_translated(first: Half, link: Link, second: Half, other: Link) -> bool:
    if _names_its_host(link) and _names_its_host(other):
        return True
    return _is_translated(first, link.target, second, other.target)


def _names_its_host(link: Link) -> bool:
    """Say whether the words of a link are the name of its site, which then is translated, too: "My Travel Pass"."""
    words, host = (re.sub(r"[^a-z]", "", text.lower()) for text in (link.words, link.target.where))
    return len(words) >= _LEAST_NAME and (words in host or host.removesuffix("wales") in words)


def _is_translated(first: Half, target: Target, second: Half, other: Target) -> bool:
    """Say whether two paths of one host differ only in words that the text of each half itself uses."""
    if target.where != other.where or target.where in ("mailto", "tel"):
        return False
    if re.findall(r"\d+", target.path) != re.findall(r"\d+", other.path):
        return False
    ours, theirs = _words(target.path) - _words(other.path), _words(other.path) - _words(target.path)
    return bool(ours) and bool(theirs) and _uses(first, ours) and _uses(second, theirs) and not _uses(second, ours)


def _words(path: str) -> set[str]:
    return set(re.findall(r"[^\W\d_]{3,}", path.lower()))


def _uses(half: Half, words: set[str]) -> bool:
    """Say whether the half's own text uses at least half of these words, in any form."""
    text = " ".join(unit.text.lower() for unit in half.units)
    used = [word for word in words if any(form in text for form in (forms(word) if half.language == "cy" else (word,)))]
    return len(used) * 2 >= len(words)
