"""A segment in, warnings out: the tags, topics and fields that no subscriber has, each with the most similar known one.

An unknown tag is no error of syntax, so the expression is still valid; but a mistyped tag selects no subscriber, or,
after a `not`, all of them. Reads only.
"""

from collections.abc import Callable, Iterator
from difflib import get_close_matches

from sqlalchemy import Connection

from subscribers import tagging, topics
from subscribers.audience import field_names
from subscribers.segment import Test, Tree, tests


def doubts(connection: Connection, tree: Tree) -> list[str]:
    """Return a sentence for each tag, topic and field in `tree` that no subscriber has or that does not exist."""
    found = [*tests(tree)]
    return [
        *_unknown(found, "tag", lambda: [name for name, _ in tagging.counted(connection)]),
        *_unknown(found, "topic", lambda: [each.slug for each in topics.every(connection)]),
        *_unknown(found, "field", lambda: sorted(field_names(connection))),
        *_unknown(found, "has", lambda: sorted(field_names(connection))),
    ]


def _unknown(found: list[Test], what: str, known: Callable[[], list[str]]) -> Iterator[str]:
    wanted = dict.fromkeys(test.name or test.value for test in found if test.what == what)
    if not wanted:
        return
    names = {name.casefold(): name for name in known()}
    for name in wanted:
        if name.casefold() not in names:
            near = get_close_matches(name.casefold(), names, n=1, cutoff=0.6)
            more = f"; did you mean {names[near[0]]}?" if near else ""
            yield f"{_NOBODY[what]} {name}{more}"


_NOBODY = {
    "tag": "Nobody has the tag",
    "topic": "There is no topic",
    "field": "Nobody has the field",
    "has": "Nobody has the field",
}
