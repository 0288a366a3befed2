"""DMARC (RFC 7489): the policy of a From domain, and whether another domain is aligned with it.

The organisational domain is found by walking up the names, as the successor of RFC 7489 does; this needs no list of
public suffixes.
"""

from dataclasses import dataclass

from newsletter.doctor.lookup import Lookup

MOST_STEPS = 8


@dataclass(frozen=True, slots=True)
class DmarcPolicy:
    """The DMARC record in force for a From domain; `domain` holds it, `organisation` is the organisational domain."""

    tags: dict[str, str]
    domain: str
    organisation: str

    @property
    def requested(self) -> str:
        """What the record asks receivers to do with mail that fails: none, quarantine or reject."""
        return self.tags.get("p", "").lower()

    def aligns(self, other: str, sender: str, tag: str) -> bool:
        """Tell whether `other` is aligned with the From domain `sender`; `tag`, adkim or aspf, may ask for equality."""
        if other == sender:
            return True
        strict = self.tags.get(tag, "r").lower() == "s"
        return not strict and _is_under(other, self.organisation) and _is_under(sender, self.organisation)


def find_policy(lookup: Lookup, sender: str) -> DmarcPolicy | None:
    """Find the policy for a From domain; None if there is none. Raises LookupFailed."""
    found: list[tuple[str, dict[str, str]]] = []
    labels = sender.split(".")
    for start in (0, *range(max(1, len(labels) - MOST_STEPS + 1), len(labels))):
        name = ".".join(labels[start:])
        record = _record(lookup.texts(f"_dmarc.{name}"))
        if record is None or (start and record.get("psd") == "y"):
            continue
        found.append((name, record))
        if record.get("psd") == "n":
            break
    if not found:
        return None
    # The domain's own record wins; without one, that of its organisation, the last one found on the way up.
    organisation = found[-1][0]
    domain, tags = found[0] if found[0][0] == sender else found[-1]
    return DmarcPolicy(tags, domain, organisation)


def _record(texts: list[str]) -> dict[str, str] | None:
    found = [text for text in texts if text.replace(" ", "").lower().startswith("v=dmarc1")]
    return read_tags(found[0]) if len(found) == 1 else None


def read_tags(text: str) -> dict[str, str]:
    """Read a list of tags, the form of DKIM and DMARC records (RFC 6376 §3.2)."""
    pairs = (part.partition("=") for part in text.split(";") if "=" in part)
    return {name.strip().lower(): "".join(value.split()) for name, _, value in pairs}


def _is_under(name: str, parent: str) -> bool:
    return name == parent or name.endswith("." + parent)
