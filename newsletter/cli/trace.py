"""Prints what happened to the mails to one address, for `why --trace`."""

from collections.abc import Iterator, Sequence
from datetime import UTC

from newsletter.people.trace import DeliveryTrace, TraceEvent


def lines(address: str, traces: Sequence[DeliveryTrace]) -> Iterator[str]:
    """Tell each delivery in lines: a heading, then a line an event, with the time in UTC, as in a relay's log."""
    yield address
    if not traces:
        yield "  was in no issue, and was left out of none."
    for trace in traces:
        named = f" {trace.message_id}" if trace.message_id else ""
        yield f"  Issue {trace.issue}, “{trace.subject}”{named}"
        yield from (f"    {_moment(event)}  {event.what:<10}  {_facts(event)}".rstrip() for event in trace.events)


def _moment(event: TraceEvent) -> str:
    return f"{event.at.astimezone(UTC):%Y-%m-%d %H:%M:%SZ}" if event.at else " " * 20


def _facts(event: TraceEvent) -> str:
    """Write the facts of an event as words; a reply stays as the relay gave it."""
    facts = event.facts
    match event.what:
        case "claimed":
            gone = f"; it left {facts['gone'][:19].replace('T', ' ')}Z ({facts['why']})" if "gone" in facts else ""
            began = facts["began"][:19].replace("T", " ")
            return (
                f"by sender {facts['sender']}, on {facts['machine']}, process {facts['process']}, version "
                f"{facts['version']}, begun {began}Z{gone}"
            )
        case "try":
            return f"at {facts['stage']}: {facts['code'] or 'no reply'} {facts['reply']}"
        case "result":
            again = f"; again from {facts['retry_at'][:19].replace('T', ' ')}Z" if "retry_at" in facts else ""
            answer = f"{facts['code'] or ''} {facts['reply']}".strip()
            return f"{facts['state']}{': ' + answer if answer else ''} (tries: {facts['tries']}{again})"
        case "feedback":
            said = "; ".join(filter(None, (facts["status"], facts["diagnostic"], facts["reporter"])))
            return f"{facts['kind']}: {facts['words']}{f' ({said})' if said else ''}"
    return ", ".join(str(value) for value in facts.values() if value)
