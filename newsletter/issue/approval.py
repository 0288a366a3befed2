"""What approvers approve, and what has changed since. In: a mail and to whom it goes. Out: a document and its hash.

The hash is over everything that decides what readers get, and who they are: the compiled mail with its gaps open, the
subject, From, the digests of pictures and documents, the expression of the segment, the topic and the time. The post as
written stands beside it, outside the hash, so that a refusal can name the line that changed. The people themselves are
not in it: some join and leave while approvers read.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from typing import Any

from newsletter.compiled import CompiledEmail
from newsletter.issue import Issue, Letterhead
from newsletter.runtime.clock import in_full

Content = Mapping[str, Any]

TO_ALL, AGAIN, NEWCOMERS = "", "again", "newcomers"
"""To whom of the list or segment it goes: to those who did not have it, to them too, or to those who joined since."""


def content_of(
    email: CompiledEmail,
    head: Letterhead,
    segment: str,
    topic: str,
    at: datetime | None,
    to: str = TO_ALL,
    sources: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return what approvers approve. `sources`: the text of the files that it was made of, by name."""
    return {
        "mail": {each.name: _plain(getattr(email, each.name)) for each in fields(email) if each.name not in _OUTSIDE},
        "files": {each.written: hashlib.sha256(each.content).hexdigest() for each in email.published},
        "from": str(head.sender),
        "reply_to": str(head.reply_to or ""),
        "organisation": head.organisation,
        "pages": head.base_url,
        "list": head.list_id,
        "segment": segment,
        "topic": topic,
        "at": at.astimezone(UTC).isoformat() if at else "",
        "to": to,
        "sources": dict(sources or {}),
    }


def hash_of(content: Content) -> str:
    """Return the hash of what approvers approve."""
    hashed = {name: value for name, value in content.items() if name != "sources"}
    return hashlib.sha256(json.dumps(hashed, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def is_of(content: Content, issue: Issue) -> bool:
    """Say whether `issue` is still what was approved as `content`, as far as an issue keeps it."""
    frozen = content_of(issue.email, issue.letterhead, issue.segment, issue.topic, None)
    kept = ("from", "reply_to", "organisation", "pages", "list", "segment", "topic")
    mail, now = content["mail"], frozen["mail"]
    variants = mail.get("variants", {})
    return (
        all(content[name] == frozen[name] for name in kept)
        and _are_same_words(mail, now)
        and variants.keys() == now["variants"].keys()
        and all(_are_same_words(each, now["variants"][language]) for language, each in variants.items())
    )


def _are_same_words(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    words = ("subject", "preheader", "html", "text", "language", "title")
    return all(one[name] == other[name] for name in words)


def changes(old: Content, new: Content) -> list[str]:
    """Say what differs from what was asked about, the post's lines first."""
    return list(_changes(old, new)) or ["something in the email changed"]


def _changes(old: Content, new: Content) -> Iterator[str]:
    before, after = old["sources"], new["sources"]
    for name in {**before, **after}:
        if before.get(name) != after.get(name):
            yield _first_line(name, before.get(name), after.get(name))
    yield from _files(old["files"], new["files"])
    for name, words in _NAMES.items():
        if old[name] != new[name]:
            was, now = (_when(each[name]) if name == "at" else each[name] for each in (old, new))
            yield f"{words} was {_said(was)} and is now {_said(now)}"
    if old["to"] != new["to"]:
        yield f"it was to go {_TO[old['to']]}, and now {_TO[new['to']]}"
    if old["mail"] != new["mail"] and before == after and old["files"] == new["files"]:
        was, now = old["mail"], new["mail"]
        parts = ", ".join(name for name in {**was, **now} if was.get(name) != now.get(name))
        yield f"the post is the same, and the templates, the theme or the settings make another email of it ({parts})"


def _files(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[str]:
    for name in {**old, **new}:
        if old.get(name) != new.get(name):
            fate = "new" if name not in old else "gone" if name not in new else "another one"
            yield f"the file {name} is {fate}"


def _first_line(name: str, before: str | None, after: str | None) -> str:
    if before is None or after is None:
        return f"{name} was {'added' if before is None else 'removed'}"
    was, now = before.split("\n"), after.split("\n")
    least = min(len(was), len(now))
    at = next((number for number in range(least) if was[number] != now[number]), least)
    return f"{name}, line {at + 1}, was {_line(was, at)} and is now {_line(now, at)}"


def _line(lines: Sequence[str], at: int) -> str:
    return _said(lines[at].strip()) if at < len(lines) else "not there"


def _when(at: str) -> str:
    return in_full(datetime.fromisoformat(at)) if at else "as soon as it is approved"


def _said(words: str) -> str:
    return f"“{words[:120]}{'…' if len(words) > 120 else ''}”" if words else "empty"


def _plain(value: Any) -> Any:
    """Turn what a mail is made of into what JSON can hold; files into digests."""
    if isinstance(value, bytes):
        return hashlib.sha256(value).hexdigest()
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value) if each.name != "findings"}
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)


_OUTSIDE = ("findings", "published")
_NAMES = {
    "segment": "the segment",
    "topic": "the topic",
    "at": "the time",
    "from": "From",
    "reply_to": "the reply address",
    "organisation": "the name of the organisation",
    "pages": "the address of the pages",
    "list": "the name of the list",
}
_TO = {
    TO_ALL: "to people who do not have it yet",
    AGAIN: "also to people who have it already",
    NEWCOMERS: "to people who joined since",
}
