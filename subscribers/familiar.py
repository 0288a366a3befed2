"""A segment in, doubts out: names in it that nobody on the list has, each with the nearest that somebody has.

An unknown tag is no mistake of form, so an expression with one is read; but a slip of the pen would send to nobody, or,
behind a `not`, to everybody. Reads only.
"""

from collections.abc import Callable, Iterator
from difflib import get_close_matches

from sqlalchemy import Connection

from subscribers import tagging, topics
from subscribers.audience import field_names
from subscribers.segment import Test, Tree, tests


def doubts(connection: Connection, tree: Tree) -> list[str]:
    """Say of each tag, topic and field of `tree` that nobody has so, in words."""
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
