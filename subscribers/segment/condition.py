"""A tree in, SQL with bound values out: the condition on the rows of `subscribers`."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import product

from sqlalchemy import ColumnElement, and_, cast, false, func, not_, or_, select
from sqlalchemy.dialects.postgresql import JSONB

from subscribers.segment.tree import ANY, Either, Not, Test, Tree
from subscribers.tables import declines, subscribers

Received = Callable[[int], ColumnElement[bool]]
"""Makes a condition on rows of `subscribers`: was this issue accepted for them? The send log supplies it."""

Bounced = Callable[[int | None], ColumnElement[bool]]
"""Makes a condition on rows of `subscribers`: did this issue, or with None any issue, bounce? From the send log."""


def condition(
    tree: Tree, dialect: str, received: Received, bounced: Bounced = lambda issue: false()
) -> ColumnElement[bool]:
    """Make `tree` a condition on the rows of `subscribers`; every value in it is a bound parameter."""
    match tree:
        case Not(of):
            return not_(condition(of, dialect, received, bounced))
        case Either(word, of):
            return (and_ if word == "and" else or_)(*(condition(each, dialect, received, bounced) for each in of))
    match tree.what:
        case "received":
            return received(int(tree.value))
        case "bounced":
            return bounced(None if tree.value == ANY else int(tree.value))
    return _of_person(tree, dialect)


def _of_person(test: Test, dialect: str) -> ColumnElement[bool]:
    match test.what:
        case "tag":
            return _has_tag_like(test.value, dialect)
        case "language":
            return _speaks(test.value)
        case "field":
            return func.coalesce(subscribers.c.fields[test.name].as_string() == test.value, false())
        case "has":
            return func.coalesce(subscribers.c.fields[test.value].as_string() != "", false())
        case "domain":
            return subscribers.c.address.endswith(f"@{_domain(test.value)}", autoescape=True)
        case "topic":
            return subscribers.c.id.not_in(select(declines.c.subscriber_id).where(declines.c.topic == test.value))
    return _joined(test.sign, date.fromisoformat(test.value))


def has_tag(tag: str, dialect: str) -> ColumnElement[bool]:
    """Make a condition on rows of `subscribers`: has it this tag, in exactly this spelling?"""
    if dialect == "postgresql":
        return cast(subscribers.c.tags, JSONB).contains([tag])
    each = func.json_each(subscribers.c.tags).table_valued("value")
    return each.select().with_only_columns(each.c.value).where(each.c.value == tag).exists()


def _has_tag_like(tag: str, dialect: str) -> ColumnElement[bool]:
    """Make a condition: has the row this tag, in any case? An organiser's "Volunteer" is an import's "volunteer"."""
    if dialect == "postgresql":
        one = func.jsonb_array_elements_text(cast(subscribers.c.tags, JSONB)).table_valued("value").render_derived()
        return one.select().with_only_columns(one.c.value).where(func.lower(one.c.value) == tag.lower()).exists()
    each = func.json_each(subscribers.c.tags).table_valued("value")
    spelt = func.lower(each.c.value).in_(_spellings(tag))
    return each.select().with_only_columns(each.c.value).where(spelt).exists()


def _spellings(tag: str) -> list[str]:
    """List every spelling of a tag that SQLite's lower() may return, because it lowers ASCII letters only."""
    letters = [
        {each, each.upper()} if not each.isascii() and len(each.upper()) == 1 else {each} for each in tag.lower()
    ]
    if sum(len(each) > 1 for each in letters) > 6:
        spelt = {tag, tag.lower(), tag.upper(), tag.title(), tag.capitalize()}
        return sorted({"".join(c.lower() if c.isascii() else c for c in each) for each in spelt})
    return sorted("".join(each) for each in product(*map(sorted, letters)))


def _domain(text: str) -> str:
    """Spell a domain as stored addresses do, in ASCII (RFC 5890)."""
    plain = text.lower().removeprefix("@").rstrip(".")
    try:
        return plain.encode("idna").decode()
    except UnicodeError:
        return plain


def _speaks(language: str) -> ColumnElement[bool]:
    spoken, wanted = func.lower(subscribers.c.language), language.lower()
    return or_(spoken == wanted, func.substr(spoken, 1, len(wanted) + 1) == f"{wanted}-")


def _joined(sign: str, day: date) -> ColumnElement[bool]:
    joined = subscribers.c.joined_at
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    end = start + timedelta(days=1)
    match sign:
        case ">":
            return joined >= end
        case ">=":
            return joined >= start
        case "<":
            return joined < start
        case "<=":
            return joined < end
    return and_(joined >= start, joined < end)
