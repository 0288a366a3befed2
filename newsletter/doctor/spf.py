"""Reads SPF records (RFC 7208) as a receiver does. In: a domain. Out: which addresses may send with it as return path.

It follows includes and redirects, up to the limits of §4.6.4: ten lookups, ten mail servers of one name, two lookups
that find nothing. It expands no macros: an include, `a` or `mx` with a macro never matches, and neither do `exists` and
`ptr`; they only count as lookups.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from newsletter.doctor.lookup import Lookup

MOST_LOOKUPS = 10
MOST_VOIDS = 2
"""Lookups that find nothing (§4.6.4)."""
_RESULTS = {"+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}

Address = IPv4Address | IPv6Address


class Spf(StrEnum):
    """What a receiver concludes (RFC 7208 §2.6). Where it would conclude PERMERROR, SpfWalk raises SpfBroken."""

    PASS = "pass"  # noqa: S105  # not a password
    FAIL = "fail"
    SOFTFAIL = "softfail"
    NEUTRAL = "neutral"
    NONE = "none"
    PERMERROR = "permerror"


class SpfBroken(Exception):
    """A receiver gives up on this record; the text says why."""


@dataclass
class SpfWalk:
    """Follows the SPF record of one domain; counts its lookups, and gathers the domains that it includes.

    Use a new one for each judgement: the counts are never reset.
    """

    lookup: Lookup
    lookups: int = 0
    voids: int = 0
    includes: list[str] = field(default_factory=list)

    def judge(self, domain: str, address: Address | None) -> Spf:
        """Say what a receiver concludes about mail from the IP `address` with `domain` in its return path.

        The first term that matches decides. None matches no term but `all`, so every term before that is read: use it
        to test the whole record, to count all its lookups and to gather all its includes; what it returns then means
        nothing. Raises SpfBroken, and LookupFailed.
        """
        record = spf_record(self.lookup.texts(domain))
        if record is None:
            return Spf.NONE
        redirect = ""
        for term in record.split()[1:]:
            name, _, value = term.partition("=")
            if name.lower() == "redirect":
                redirect = value
            elif "=" not in term.partition(":")[0]:
                sign, mechanism = (term[0], term[1:]) if term[0] in _RESULTS else ("+", term)
                if mechanism.lower() == "all" or self._matches(mechanism, domain, address):
                    return Spf(_RESULTS[sign])  # also without an address: nothing after `all` is ever read (§5.1, §6.1)
        if redirect:
            self._count(redirect)
            return self.judge(redirect, address)
        return Spf.NEUTRAL

    def _matches(self, mechanism: str, domain: str, address: Address | None) -> bool:
        """Say whether a mechanism (§5), without its sign, matches `address`; count its lookup, if it needs one."""
        name, _, value = mechanism.partition(":")
        name, _, length = name.partition("/")
        match name.lower():
            case "ip4" | "ip6":
                return _is_within(address, value, mechanism)
            case "include":
                self.includes.append(value.lower().rstrip("."))
                self._count(value)
                return self._is_included(value, address)
            case "a" | "mx":
                target, _, given = value.partition("/")
                self._count(target or domain)
                return self._is_at(name.lower(), target or domain, length or given, address)
            case "exists" | "ptr":
                self._count(value)
                return False
        raise SpfBroken(f"“{mechanism}” means nothing in an SPF record")

    def _is_included(self, value: str, address: Address | None) -> bool:
        if not value:
            raise SpfBroken("an include names nothing")
        if "%" in value:
            return False
        judged = self.judge(value, address)
        if judged is Spf.NONE:
            raise SpfBroken(f"it includes {value}, which has no SPF record")
        return judged is Spf.PASS

    def _is_at(self, kind: str, target: str, lengths: str, address: Address | None) -> bool:
        """Say whether `address` is one of the addresses of `target` (`kind` a) or of its mail servers (mx).

        `lengths`: how many leading bits must be equal, for IPv4 and for IPv6, such as "24//64" (§5.6); "": all of them.
        """
        if "%" in target:
            return False
        found = [each for host in self._hosts(kind, target) for each in self._addresses(host)]
        if address is None:
            return False
        four, _, six = f"/{lengths}".partition("//")
        length = (four.strip("/") or "32") if address.version == 4 else (six or "128")
        same_kind = [each for each in found if ip_address(each).version == address.version]
        return any(_is_within(address, f"{each}/{length}", each) for each in same_kind)

    def _hosts(self, kind: str, target: str) -> list[str]:
        if kind == "a":
            return [target]
        hosts = [host for host in self.lookup.exchanges(target) if host != "."]
        if not hosts:
            self._void(target)
        if len(hosts) > MOST_LOOKUPS:
            raise SpfBroken(f"{target} has {len(hosts)} mail servers, and a receiver looks up {MOST_LOOKUPS} at most")
        return hosts

    def _addresses(self, host: str) -> list[str]:
        found = self.lookup.addresses(host)
        if not found:
            self._void(host)
        return found

    def _void(self, name: str) -> None:
        """Count a lookup that found nothing."""
        self.voids += 1
        if self.voids > MOST_VOIDS:
            raise SpfBroken(f"more than {MOST_VOIDS} of its lookups find nothing (the third is {name})")

    def _count(self, name: str) -> None:
        self.lookups += 1
        if self.lookups > MOST_LOOKUPS:
            raise SpfBroken(f"it needs more than {MOST_LOOKUPS} lookups (the eleventh is {name})")


def spf_record(texts: Sequence[str]) -> str | None:
    """Find the SPF record among the TXT records of a domain (§4.5). Raises SpfBroken if there is more than one."""
    found = [text for text in texts if text.lower() == "v=spf1" or text.lower().startswith("v=spf1 ")]
    if len(found) > 1:
        raise SpfBroken(f"there are {len(found)} of them, and one is allowed")
    return found[0] if found else None


def with_term(record: str, term: str) -> str:
    """Return `record` with `term` where receivers read it: before `all` and before modifiers such as `redirect=`."""
    terms = record.split()
    ends = (n for n, each in enumerate(terms) if n and (each.lstrip("+-~?").lower() == "all" or "=" in each))
    last = next(ends, len(terms))
    return " ".join([*terms[:last], term, *terms[last:]])


def term_for(address: str) -> str:
    """Return the SPF term that allows one IP address, such as "ip4:192.0.2.1"."""
    return f"ip{ip_address(address).version}:{address}"


def _is_within(address: Address | None, network: str, term: str) -> bool:
    """Say whether `address` is in `network`. Raises SpfBroken about `term` if that is no network."""
    try:
        found = ip_network(network, strict=False)
    except ValueError:
        raise SpfBroken(f"“{term}” names no address") from None
    return address is not None and address.version == found.version and address in found
