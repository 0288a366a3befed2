"""What a stub DNS server knows, and its answers as they go onto the wire."""

from dataclasses import dataclass, field

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

from newsletter.doctor.lookup import Lookup


@dataclass
class Zone:
    """What a stub server answers, by name and kind; and what it was asked. A name in `broken` gets SERVFAIL."""

    port: int
    records: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    asked: list[tuple[str, str]] = field(default_factory=list)

    @property
    def lookup(self) -> Lookup:
        return Lookup(("127.0.0.1", self.port), seconds=2)

    def text(self, name: str, *texts: str) -> None:
        """Give `name` TXT records, each in strings of at most 255 octets."""
        cut = [[text[start : start + 255] for start in range(0, len(text), 255)] for text in texts]
        self.records[name, "TXT"] = [" ".join(f'"{part}"' for part in parts) for parts in cut]

    def set(self, name: str, kind: str, *values: str) -> None:
        self.records[name, kind] = list(values)

    def answer(self, question: bytes) -> bytes:
        query = dns.message.from_wire(question)
        name = query.question[0].name.to_text(omit_final_dot=True).lower()
        kind = dns.rdatatype.to_text(query.question[0].rdtype)
        self.asked.append((name, kind))
        response = dns.message.make_response(query)
        response.flags |= dns.flags.RA
        if name in self.broken:
            response.set_rcode(dns.rcode.SERVFAIL)
        elif found := self.records.get((name, kind)):
            response.answer.append(dns.rrset.from_text(query.question[0].name, 60, "IN", kind, *found))
        elif not any(known == name for known, _ in self.records):
            response.set_rcode(dns.rcode.NXDOMAIN)
        return response.to_wire(max_size=65535)
