"""topics add · list · remove: the kinds of mail that readers can do without."""

import click

from newsletter.app import topics as app
from newsletter.cli.here import list_here
from newsletter.cli.printing import json_option, put_json, put_table, say
from newsletter.settings.values import language_tag


@click.group()
def topics() -> None:
    """Kinds of email that people can choose not to get.

    A post names its topic at the top, such as `topic: events`. People see all your topics on their preferences page,
    and untick what they do not want. `newsletter send` leaves them out of such posts, and says how many there are. A
    post without a topic goes to everybody.
    """


@topics.command("add")
@click.argument("name")
@click.argument("title")
@click.option("--title", "others", multiple=True, metavar="LANGUAGE=TITLE", help="The title in another language.")
def add(name: str, title: str, others: tuple[str, ...]) -> None:
    """Save the topic NAME, which people see as TITLE. A topic that had this name is replaced."""
    new = app.save(list_here(), name, title, dict(map(_translated, others)))
    say(f"{name} is {'kept' if new else 'changed'}. Posts say `topic: {name}` at their top to be of this kind.")


@topics.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List the topics, and how many people do not want each."""
    found = app.all_topics(list_here())
    if as_json:
        for topic in found:
            put_json({"topic": topic.slug, "declined": topic.declined, "titles": dict(topic.titles)})
    else:
        shown = [
            [topic.slug, f"{topic.declined:,}", ", ".join(f"{code}: {title}" for code, title in topic.titles.items())]
            for topic in found
        ]
        put_table(["topic", "declined", "titles"], shown, {"declined"})


@topics.command("remove")
@click.argument("name")
def remove(name: str) -> None:
    """Remove the topic NAME. People who said no to it are remembered, in case you make it again."""
    app.remove(list_here(), name)
    say(f"{name} is removed.")


COMMANDS = (topics,)


def _translated(text: str) -> tuple[str, str]:
    language, sign, title = text.partition("=")
    try:
        return language_tag(language.strip()).lower(), title.strip() if sign else ""
    except ValueError:
        raise click.UsageError(f"--title is written as in cy=Digwyddiadau; it says {text!r}.") from None
