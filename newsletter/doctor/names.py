"""What DNS says about the From domain and the return path: SPF, DKIM, DMARC, and whether bounces can arrive."""

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address

from newsletter.doctor.dmarc import Policy, find_policy, read_tags
from newsletter.doctor.finding import Finding, error, note, ok, warning
from newsletter.doctor.lookup import Lookup, LookupFailed
from newsletter.doctor.relays import KnownRelay, known_relay
from newsletter.doctor.spf import Spf, SpfBroken, SpfWalk, spf_record, term_for, with_term
from newsletter.settings import Settings, is_loopback

_UNAUTHENTICATED = "Gmail answers 550 5.7.26 to mail that neither SPF nor DKIM vouches for, Outlook 550 5.7.515."


@dataclass(frozen=True)
class Names:
    """The domains that mail with these settings carries. `key_record` is the DNS record of our DKIM key, if any."""

    lookup: Lookup
    settings: Settings
    key_record: str = ""

    @property
    def sender(self) -> str:
        return self.settings.sender.domain

    @property
    def return_path(self) -> str:
        return (self.settings.return_path or self.settings.sender).domain

    def examine(self) -> Iterator[Finding]:
        """Look up everything; a lookup that fails is a finding, too."""
        for subject, look in (
            ("SPF", self._spf),
            ("DKIM", self._dkim),
            ("DMARC", self._dmarc),
            ("return path", self._exchange),
        ):
            try:
                yield from look()
            except LookupFailed as failed:
                change = "Check the connection of this machine, or name another resolver with --resolver."
                yield warning(subject, str(failed), "Whether receivers find it cannot be seen from here.", change)

    # SPF

    def _spf(self) -> Iterator[Finding]:
        known = known_relay(self.settings.smtp_host)
        domain = self.return_path
        texts = self.lookup.texts(domain)
        try:
            record = spf_record(texts)
            walk = SpfWalk(self.lookup)
            walk.judge(domain, None)
            addresses = self._relay_addresses()
            passing = [each for each in addresses if SpfWalk(self.lookup).judge(domain, ip_address(each)) is Spf.PASS]
        except SpfBroken as broken:
            change = f"Put right what the record of {domain} says."
            yield error("SPF", f"The record of {domain} is broken: {broken}.", _UNAUTHENTICATED, change)
            return
        if record and any(term.lower() in ("all", "+all") for term in record.split()):
            change = "End the record with ~all instead."
            yield error("SPF", f"{domain} lets everybody send.", "Receivers trust such a record no longer.", change)
        elif record and (passing or (known and known.include in walk.includes)):
            who = f"includes {known.include}" if known and not passing else f"allows {', '.join(passing)}"
            yield ok("SPF", f"{domain} {who}.")
        else:
            yield self._not_allowed(domain, record, known, addresses)

    def _not_allowed(self, domain: str, record: str | None, known: KnownRelay | None, addresses: list[str]) -> Finding:
        term = f"include:{known.include}" if known else " ".join(map(term_for, addresses))
        written = with_term(record or "v=spf1 ~all", term) if term else ""
        line = f'{domain}. IN TXT "{written}"' if written else ""
        host = self.settings.smtp_host
        if known and known.own_return_path:
            found = f"{domain} does not include {known.include}."
            consequence = f"{known.name} mostly puts a return path of its own on mail, and SPF is asked of that."
            change = "Needed once mail goes out with a return path of yours; until then DKIM must vouch for From."
            return note("SPF", found, consequence, change, line)
        if not term:
            found = f"The relay is this machine, and {domain} has {'the record ' + record if record else 'no record'}."
            consequence = "Receivers see the public address of this machine, which cannot be seen from here."
            change = "The record must list that address, as ip4:ADDRESS, or the relay behind this one."
            return note("SPF", found, consequence, change) if record else error("SPF", found, _UNAUTHENTICATED, change)
        if record is None:
            found = f"{domain}, where bounces go, has no SPF record."
            change = f"Add this record; {_ask_operator(host, known)}"
            return error("SPF", found, _UNAUTHENTICATED, change, line)
        found = f"Nothing in the record of {domain} is known to allow {host}."
        change = f"{_ask_operator(host, known)} Then extend the record, as here."
        return warning("SPF", found, "Mail from addresses that are not allowed is likely to be spam.", change, line)

    def _relay_addresses(self) -> list[str]:
        host = self.settings.smtp_host
        if is_loopback(host):
            return []
        try:
            return [str(ip_address(host))]
        except ValueError:
            return [each for each in self.lookup.addresses(host) if not ip_address(each).is_loopback]

    # DKIM

    def _dkim(self) -> Iterator[Finding]:
        settings = self.settings
        if not self.key_record:
            consequence = "Gmail, Yahoo and Outlook want a signature of the From domain on bulk mail."
            change = f"See that the relay signs as {self.sender}; or sign here, with `newsletter doctor dkim-key`."
            yield note("DKIM", "Mail is not signed here.", consequence, change)
            return
        name = f"{settings.dkim_selector}._domainkey.{settings.dkim_domain}"
        found = self.lookup.texts(name)
        yield judge_key(name, found, self.key_record)

    # DMARC

    def _dmarc(self) -> Iterator[Finding]:
        policy = find_policy(self.lookup, self.sender)
        if policy is None:
            consequence = "Gmail, Yahoo and Outlook refuse, or file as spam, what bulk senders send without one."
            record = f'_dmarc.{self.sender}. IN TXT "v=DMARC1; p=none"'
            found = f"{self.sender} has no DMARC record, or more than one."
            yield warning("DMARC", found, consequence, "Have exactly one; this asks nothing of receivers yet.", record)
            return
        if policy.wish not in ("none", "quarantine", "reject"):
            record = f'_dmarc.{policy.domain}. IN TXT "v=DMARC1; p=none"'
            found = f"The DMARC record of {policy.domain} has no policy that receivers know."
            yield error("DMARC", found, "Receivers treat it as if it were not there.", "Give it one, as here.", record)
            return
        yield ok("DMARC", f"{policy.domain} asks for p={policy.wish}.")
        yield self._alignment(policy)

    def _alignment(self, policy: Policy) -> Finding:
        signs, sender = bool(self.key_record), self.sender
        by_key = signs and policy.aligns(self.settings.dkim_domain, sender, "adkim")
        by_path = policy.aligns(self.return_path, sender, "aspf")
        if by_key:
            return ok("alignment", f"The signature of {self.settings.dkim_domain} counts for From {sender}.")
        if not signs and by_path:
            found = f"The return path at {self.return_path} counts for From {sender}; nothing is signed here."
            return note("alignment", found, "A relay that puts its own return path on mail takes that away.")
        if by_path:
            found = f"The return path counts for From {sender}, the signature of {self.settings.dkim_domain} does not."
            change = f"Sign as {sender}: NEWSLETTER_DKIM_DOMAIN={sender}."
            return warning("alignment", found, "Forwarded mail fails DMARC, because only DKIM outlives it.", change)
        found = f"Neither the return path at {self.return_path} nor a signature of ours counts for From {sender}."
        consequence = f"Unless the relay signs as {sender}, DMARC fails: {_UNAUTHENTICATED}"
        change = f"Have the relay sign as {sender}, or sign here, or use a return path at {policy.organisation}."
        return (
            error("alignment", found, consequence, change)
            if signs
            else warning("alignment", found, consequence, change)
        )

    # Bounces

    def _exchange(self) -> Iterator[Finding]:
        for domain in dict.fromkeys((self.return_path, self.sender)):
            exchanges = self.lookup.exchanges(domain)
            if exchanges == ["."] or not (exchanges or self.lookup.addresses(domain)):
                consequence = (
                    "Many receivers refuse mail whose sender cannot be written to; bounces and answers are lost."
                )
                record = f"{domain}. IN MX 10 mail.{domain}."
                change = "Name the server that takes mail for it, like this."
                yield error("return path", f"No server takes mail for {domain}.", consequence, change, record)
            else:
                yield ok("return path", f"Mail for {domain} goes to {exchanges[0] if exchanges else domain}.")


def judge_key(name: str, found: list[str], wanted: str) -> Finding:
    """Compare the record that DNS has at a selector with the record of our key (RFC 6376 §3.6.1)."""
    from newsletter.message.dkim_key import zone_line  # because only those who sign should wait for it

    selector, _, domain = name.partition("._domainkey.")
    line = zone_line(selector, domain, wanted)
    failing = "Receivers cannot verify any signature, and treat mail as unsigned, or worse."
    if not found:
        return error("DKIM", f"There is no record at {name}.", failing, "Add this record.", line)
    if len(found) > 1:
        return error("DKIM", f"There are {len(found)} records at {name}.", failing, "Leave only this one.", line)
    tags, ours = read_tags(found[0]), read_tags(wanted)
    if tags.get("p") == "":
        return error("DKIM", f"The record at {name} says that the key is revoked.", failing, "Use a new selector.")
    if tags.get("p") != ours["p"] or tags.get("k", "rsa") != ours["k"]:
        return error("DKIM", f"The record at {name} holds another key than ours.", failing, "Replace it by this.", line)
    if "sha256" not in tags.get("h", "sha256") or tags.get("s", "*") not in ("*", "email"):
        return error("DKIM", f"The record at {name} does not allow our kind of signature.", failing, "Use this.", line)
    if "y" in tags.get("t", "").split(":"):
        consequence = "Some receivers ignore our signatures."
        return warning("DKIM", f"The record at {name} says t=y: only testing.", consequence, "Use this.", line)
    return ok("DKIM", f"The record at {name} matches the key we sign with.")


def _ask_operator(host: str, known: KnownRelay | None) -> str:
    if known:
        return f"{known.name} asks for that include."
    return f"ask whoever runs {host} which addresses it sends from: they need not be those it is reached at."
