"""What DNS says about the From domain and the return path: SPF, DKIM, DMARC, and whether bounces can arrive."""

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address

from newsletter.doctor.dmarc import DmarcPolicy, find_policy, read_tags
from newsletter.doctor.finding import DoctorFinding, error, note, ok, warning
from newsletter.doctor.lookup import Lookup, LookupFailed
from newsletter.doctor.relays import KnownRelay, known_relay
from newsletter.doctor.spf import Spf, SpfBroken, SpfWalk, spf_record, term_for, with_term
from newsletter.settings import Settings, is_loopback

_UNAUTHENTICATED = "Gmail (550 5.7.26) and Outlook (550 5.7.515) refuse emails that pass neither SPF nor DKIM."


@dataclass(frozen=True)
class MailDomains:
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

    def examine(self) -> Iterator[DoctorFinding]:
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
                change = "Check the internet connection of this machine, or name another resolver with --resolver."
                yield warning(subject, str(failed), "This could not be checked from here.", change)

    # SPF

    def _spf(self) -> Iterator[DoctorFinding]:
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
            change = f"Correct the record of {domain}."
            yield error("SPF", f"The record of {domain} is broken: {broken}.", _UNAUTHENTICATED, change)
            return
        if record and any(term.lower() in ("all", "+all") for term in record.split()):
            change = "End the record with ~all instead."
            yield error("SPF", f"{domain} lets everybody send.", "Receivers do not trust such a record.", change)
        elif record and (passing or (known and known.include in walk.includes)):
            who = f"includes {known.include}" if known and not passing else f"allows {', '.join(passing)}"
            yield ok("SPF", f"{domain} {who}.")
        else:
            yield self._not_allowed(domain, record, known, addresses)

    def _not_allowed(
        self, domain: str, record: str | None, known: KnownRelay | None, addresses: list[str]
    ) -> DoctorFinding:
        term = f"include:{known.include}" if known else " ".join(map(term_for, addresses))
        written = with_term(record or "v=spf1 ~all", term) if term else ""
        line = f'{domain}. IN TXT "{written}"' if written else ""
        host = self.settings.smtp_host
        if known and known.own_return_path:
            found = f"{domain} does not include {known.include}."
            consequence = f"{known.name} mostly uses a return path of its own, and receivers check SPF for that."
            change = "You need this record only for a return path of your own. Until then, your emails need DKIM."
            return note("SPF", found, consequence, change, line)
        if not term:
            has = f"the record {record}" if record else "no record"
            found = f"Your mail server is this machine, and {domain} has {has}."
            consequence = "Receivers see the public address of this machine, which cannot be found out from here."
            change = "Put that address into the record, as ip4:ADDRESS, or the mail server that this one sends through."
            return note("SPF", found, consequence, change) if record else error("SPF", found, _UNAUTHENTICATED, change)
        if record is None:
            found = f"{domain}, where bounces go, has no SPF record."
            change = f"Add this record. {_ask_operator(host, known)}"
            return error("SPF", found, _UNAUTHENTICATED, change, line)
        found = f"The record of {domain} does not seem to allow {host}."
        change = f"{_ask_operator(host, known)} Then change the record to this."
        return warning("SPF", found, "Your emails may be taken for spam.", change, line)

    def _relay_addresses(self) -> list[str]:
        host = self.settings.smtp_host
        if is_loopback(host):
            return []
        try:
            return [str(ip_address(host))]
        except ValueError:
            return [each for each in self.lookup.addresses(host) if not ip_address(each).is_loopback]

    # DKIM

    def _dkim(self) -> Iterator[DoctorFinding]:
        settings = self.settings
        if not self.key_record:
            consequence = f"Gmail, Yahoo and Outlook require bulk email to be signed by {self.sender}."
            change = (
                f"In the settings of your mail server, turn on DKIM for {self.sender}. Only if it cannot sign: "
                "`newsletter doctor dkim-key`."
            )
            yield note("DKIM", "Emails are not signed on this machine.", consequence, change)
            return
        name = f"{settings.dkim_selector}._domainkey.{settings.dkim_domain}"
        found = self.lookup.texts(name)
        yield judge_key(name, found, self.key_record)

    # DMARC

    def _dmarc(self) -> Iterator[DoctorFinding]:
        policy = find_policy(self.lookup, self.sender)
        if policy is None:
            consequence = "Gmail, Yahoo and Outlook refuse bulk email without one, or file it as spam."
            record = f'_dmarc.{self.sender}. IN TXT "v=DMARC1; p=none"'
            found = f"{self.sender} has no DMARC record, or more than one."
            yield warning("DMARC", found, consequence, "Have exactly one. This one is safe to begin with.", record)
            return
        if policy.requested not in ("none", "quarantine", "reject"):
            record = f'_dmarc.{policy.domain}. IN TXT "v=DMARC1; p=none"'
            found = f"The DMARC record of {policy.domain} has no valid policy (p=)."
            yield error("DMARC", found, "Receivers ignore the record.", "Change the record to this.", record)
            return
        yield ok("DMARC", f"{policy.domain} asks for p={policy.requested}.")
        yield self._alignment(policy)

    def _alignment(self, policy: DmarcPolicy) -> DoctorFinding:
        signs, sender = bool(self.key_record), self.sender
        by_key = signs and policy.aligns(self.settings.dkim_domain, sender, "adkim")
        by_path = policy.aligns(self.return_path, sender, "aspf")
        if by_key:
            return ok("alignment", f"The signature of {self.settings.dkim_domain} counts for From {sender}.")
        if not signs and by_path:
            found = f"The return path at {self.return_path} counts for From {sender}. Emails are not signed here."
            return note("alignment", found, "If your mail server uses a return path of its own, nothing counts.")
        if by_path:
            found = (
                f"The return path counts for From {sender}, but the signature of {self.settings.dkim_domain} does not."
            )
            change = f"Set NEWSLETTER_DKIM_DOMAIN={sender} in the file .env."
            return warning("alignment", found, "Forwarded emails fail DMARC: only a signature survives that.", change)
        found = f"Neither the return path at {self.return_path} nor a signature made here counts for From {sender}."
        consequence = f"Unless your mail server signs as {sender}, DMARC fails: {_UNAUTHENTICATED}"
        change = (
            f"In the settings of your mail server, turn on DKIM for {sender}. Or set NEWSLETTER_RETURN_PATH to an "
            f"address at {policy.organisation}."
        )
        return (
            error("alignment", found, consequence, change)
            if signs
            else warning("alignment", found, consequence, change)
        )

    # Bounces

    def _exchange(self) -> Iterator[DoctorFinding]:
        for domain in dict.fromkeys((self.return_path, self.sender)):
            exchanges = self.lookup.exchanges(domain)
            if exchanges == ["."] or not (exchanges or self.lookup.addresses(domain)):
                consequence = (
                    "Bounces and replies are lost, and many receivers refuse email from a domain that cannot get any."
                )
                record = f"{domain}. IN MX 10 mail.{domain}."
                change = "Add a record like this, with the mail server that receives email for it."
                yield error("return path", f"No server receives email for {domain}.", consequence, change, record)
            else:
                yield ok("return path", f"Email for {domain} goes to {exchanges[0] if exchanges else domain}.")


def judge_key(name: str, found: list[str], wanted: str) -> DoctorFinding:
    """Compare the record that DNS has at a selector with the record of our key (RFC 6376 §3.6.1)."""
    from newsletter.message.dkim_key import zone_line  # because only those who sign should wait for it

    selector, _, domain = name.partition("._domainkey.")
    line = zone_line(selector, domain, wanted)
    failing = "Receivers cannot check the signatures, and take your emails for unsigned, or for spam."
    if not found:
        return error("DKIM", f"There is no record at {name}.", failing, "Add this record.", line)
    if len(found) > 1:
        return error("DKIM", f"There are {len(found)} records at {name}.", failing, "Leave only this one.", line)
    tags, ours = read_tags(found[0]), read_tags(wanted)
    if tags.get("p") == "":
        change = "Make a new key with another selector: `newsletter doctor dkim-key`."
        return error("DKIM", f"The record at {name} says that the key is no longer valid.", failing, change)
    if tags.get("p") != ours["p"] or tags.get("k", "rsa") != ours["k"]:
        return error("DKIM", f"The record at {name} has another key in it.", failing, "Replace it with this.", line)
    if "sha256" not in tags.get("h", "sha256") or tags.get("s", "*") not in ("*", "email"):
        said = f"The record at {name} does not allow this kind of signature."
        return error("DKIM", said, failing, "Replace it with this.", line)
    if "y" in tags.get("t", "").split(":"):
        consequence = "Some receivers ignore the signatures."
        said = f"The record at {name} says that you are only testing (t=y)."
        return warning("DKIM", said, consequence, "Replace it with this.", line)
    return ok("DKIM", f"The record at {name} matches the key that emails are signed with.")


def _ask_operator(host: str, known: KnownRelay | None) -> str:
    if known:
        return f"{known.name} asks for that include."
    return f"Ask the support of {host} which addresses it sends from: they may be others than those of {host}."
