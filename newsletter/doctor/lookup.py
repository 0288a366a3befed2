"""What DNS says about a name. The one door to dnspython. In: names. Out: texts, addresses, mail servers.

A name that does not exist, or has no record of the kind, gives an empty answer; only a failed lookup raises. Answers
are not cached.
"""

from typing import Any

import dns.exception
import dns.name
import dns.resolver

from newsletter.errors import NewsletterError

SECONDS = 5.0


class LookupFailed(NewsletterError):
    """{name} cannot be looked up: {why}"""


class Lookup:
    """Asks the system's resolver, or the one at `server`: an address and a port."""

    def __init__(self, server: tuple[str, int] | None = None, seconds: float = SECONDS) -> None:
        self._server = server
        self._seconds = seconds

    def texts(self, name: str) -> list[str]:
        """Find the TXT records of a name, the strings of each joined. Raises LookupFailed."""
        return [b"".join(answer.strings).decode("utf-8", "replace") for answer in self._ask(name, "TXT")]

    def addresses(self, name: str) -> list[str]:
        """Find the IPv4 and IPv6 addresses of a name. Raises LookupFailed."""
        return [answer.address for kind in ("A", "AAAA") for answer in self._ask(name, kind)]

    def exchanges(self, name: str) -> list[str]:
        """Find the mail servers of a name, preferred first; "." means it has none (RFC 7505). Raises LookupFailed."""
        answers = sorted(self._ask(name, "MX"), key=lambda answer: int(answer.preference))
        return [answer.exchange.to_text().rstrip(".") or "." for answer in answers]

    def _ask(self, name: str, kind: str) -> list[Any]:
        try:
            return list(self._resolver().resolve(name.rstrip(".") + ".", kind, lifetime=self._seconds, search=False))
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except dns.resolver.NoNameservers:
            raise LookupFailed(name=name, why="no server would answer") from None
        except dns.resolver.LifetimeTimeout:
            raise LookupFailed(name=name, why=f"no answer within {self._seconds:g} seconds") from None
        except (dns.exception.DNSException, UnicodeError) as error:
            raise LookupFailed(name=name, why=str(error) or type(error).__name__) from None

    def _resolver(self) -> dns.resolver.Resolver:
        if self._server is None:
            return dns.resolver.Resolver()
        resolver = dns.resolver.Resolver(configure=False)
        host, resolver.port = self._server
        resolver.nameservers = [host]
        return resolver
