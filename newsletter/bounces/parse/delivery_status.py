"""Reads the machine-readable part of a report: a value per recipient (RFC 3464; RFC 6533 for non-ASCII addresses)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from newsletter.bounces.parse.letter import Letter, read_fields

MOST_RECIPIENTS = 50


@dataclass(frozen=True, slots=True)
class RecipientStatus:
    """What a report's fields say about one recipient."""

    address: str
    action: str
    status: str
    diagnostic: str


def recipient_statuses(letter: Letter) -> list[RecipientStatus]:
    """Read the groups of fields about recipients, also if they stand in plain text."""
    texts = letter.of_type("message/delivery-status", "message/global-delivery-status")
    if not texts:
        texts = [text[found.start() :] for text in letter.of_type("text/plain") if (found := _GROUP.search(text))]
    return [status for text in texts for status in _groups(text)][:MOST_RECIPIENTS]


def reporting_server(letter: Letter) -> str:
    """Name the server that wrote the report."""
    for text in letter.of_type("message/delivery-status", "message/global-delivery-status"):
        for name, value in read_fields(text.lstrip("\n")):
            if name == "reporting-mta":
                return _after_type(value)
    return ""


_GROUP = re.compile(r"^(?:original-recipient|final-recipient)[ \t]*:", re.IGNORECASE | re.MULTILINE)
_ADDRESS = re.compile(r"<?([^\s<>;,]{1,200}@[^\s<>;,]{1,250})>?")


def _groups(text: str) -> Iterator[RecipientStatus]:
    for fields in _each_group(text[:100_000]):
        if {"final-recipient", "original-recipient"} & fields.keys() or {"status", "action"} <= fields.keys():
            whole = fields.get("original-recipient") or fields.get("final-recipient", "")
            address = _ADDRESS.search(_after_type(whole))
            yield RecipientStatus(
                address=address[1] if address else "",
                action=fields.get("action", "").split(" ")[0].lower(),
                status=fields.get("status", ""),
                diagnostic=_after_type(fields.get("diagnostic-code", "")),
            )


def _each_group(text: str) -> Iterator[dict[str, str]]:
    for block in re.split(r"\n[ \t]*\n", text)[: 4 * MOST_RECIPIENTS]:
        group: dict[str, str] = {}
        for name, value in read_fields(block.lstrip("\n")):
            if name in group and name in ("final-recipient", "action"):
                yield group  # some servers leave no empty line between two recipients
                group = {}
            group.setdefault(name, value)
        yield group


def _after_type(value: str) -> str:
    """Return a value without the type it begins with: "550 …" for "smtp; 550 …", also "dns; mx.example.org"."""
    kind, semicolon, rest = value.partition(";")
    return rest.strip() if semicolon and re.fullmatch(r"[A-Za-z0-9-]{1,20}\s*", kind) else value.strip()
