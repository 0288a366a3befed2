"""topics add · list · remove: the kinds of mail that readers can do without."""

import click
from sqlalchemy import Connection, func, select

from newsletter.cli.here import list_here
from newsletter.cli.printing import json_option, put_json, put_table, say
from newsletter.clock import now
from newsletter.database import reading, writing
from newsletter.settings.values import language_tag
from subscribers import topics as kinds
from subscribers.tables import declines
from subscribers.topics import Topic


@click.group()
def topics() -> None:
    """Kinds of mail that readers can do without.

    A post says its own at the top, as in `topic: events`. Readers see all topics in their preferences and uncheck
    what they do not want; `send` leaves them out of such posts, and says how many. A post without a topic goes to
    everybody.
    """


@topics.command("add")
@click.argument("name")
@click.argument("title")
@click.option("--title", "others", multiple=True, metavar="LANGUAGE=TITLE", help="The title in another language.")
def add(name: str, title: str, others: tuple[str, ...]) -> None:
    """Keep the topic NAME, which readers see as TITLE, in the place of what had that name."""
    place = list_here()
    topic = Topic(name, {place.settings.language: title.strip(), **dict(map(_translated, others))})
    with writing(place.engine) as connection:
        new = kinds.save(connection, topic, now())
    say(f"{name} is {'kept' if new else 'changed'}. Posts say `topic: {name}` at their top to be of this kind.")


@topics.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List the topics, and how many people do not want each."""
    with reading(list_here().engine) as connection:
        rows = [(each.slug, _count(connection, each.slug), each.titles) for each in kinds.every(connection)]
    if as_json:
        for name, number, titles in rows:
            put_json({"topic": name, "declined": number, "titles": dict(titles)})
    else:
        shown = [
            [name, f"{number:,}", ", ".join(f"{language}: {title}" for language, title in titles.items())]
            for name, number, titles in rows
        ]
        put_table(["topic", "declined", "titles"], shown, {"declined"})


@topics.command("remove")
@click.argument("name")
def remove(name: str) -> None:
    """Remove the topic NAME; who declined it is remembered, in case it is made again."""
    with writing(list_here().engine) as connection:
        kinds.remove(connection, name)
    say(f"{name} is removed.")


COMMANDS = (topics,)


def _translated(text: str) -> tuple[str, str]:
    language, sign, title = text.partition("=")
    try:
        return language_tag(language.strip()).lower(), title.strip() if sign else ""
    except ValueError:
        raise click.UsageError(f"--title is written as in cy=Digwyddiadau; it says {text!r}.") from None


def _count(connection: Connection, slug: str) -> int:
    return connection.execute(select(func.count()).where(declines.c.topic == slug)).scalar_one()
