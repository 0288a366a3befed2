"""Documentation that would rot if it were written by hand: ./run docs writes it, the tests compare it.

.env.example        every setting, with its comment
docs/settings.md    the same as a table
docs/commands.md    the help of every command
deploy/newsletter-*  units for systemd, as `newsletter init --units` writes them for a folder
docs/newsletter.1   the same as a manual page
docs/merge-tags.md  what a post may have filled in per reader
docs/moving.md      how to bring a list from each program we know, from its table in subscribers/imports/programs
docs/pages.md       the form for one's own site, as `newsletter form` prints it
templates/languages/messages.pot   all that the furniture of mails and pages says, for a translator to begin with
"""

from collections.abc import Iterator
from dataclasses import fields
from io import BytesIO
from pathlib import Path

import click
from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import write_po

from newsletter import merge
from newsletter.app.units import SERVICE_USER, UNITS, UnitPlan
from newsletter.bounces.parse.kinds import BounceReason
from newsletter.cli import newsletter
from newsletter.compiler.marked import LABELS
from newsletter.reports import labels
from newsletter.settings import Settings, env_file, variable
from newsletter.settings.reading import is_in_file
from newsletter.settings.values import mailbox
from newsletter.theme import template_folders
from newsletter.web.site import site_of
from subscribers import embedding
from tests.man_page import man_page
from tests.moving_guide import moving_guide

ROOT = Path(__file__).parents[1]
_JINJA = "jinja2.ext:babel_extract"


def documents() -> dict[str, str]:
    """Make every generated document: its path from the root, and its text."""
    units = UnitPlan(Path("/srv/newsletter"), ("/opt/newsletter/bin/newsletter",), SERVICE_USER, SERVICE_USER)
    return {
        ".env.example": env_file.render(),
        "docs/settings.md": settings(),
        "docs/commands.md": commands(),
        **{f"deploy/{name}": units.text(name) for name in UNITS},
        "docs/newsletter.1": man_page(),
        "docs/merge-tags.md": merge_tags(),
        "docs/moving.md": moving_guide(),
        "docs/pages.md": pages(),
        "templates/languages/messages.pot": messages(),
    }


def messages() -> str:
    pot = BytesIO()
    write_po(pot, furniture(), no_location=True, omit_header=True, width=10_000)
    return pot.getvalue().decode().strip() + "\n"


def furniture() -> Catalog:
    """Gather what the templates of mails and pages, and reports, say in their own name."""
    catalogue = Catalog()
    for file in sorted((ROOT / "templates").rglob("*")):
        if file.suffix in (".html", ".mjml", ".txt"):
            for line, message, comments, _ in extract(_JINJA, BytesIO(file.read_bytes())):
                catalogue.add(message, locations=[(file.name, line)], auto_comments=comments)
    for label in LABELS.values():
        catalogue.add(label)
    for file in sorted((ROOT / "newsletter" / "reports").glob("*.py")):
        for line, message, comments, _ in extract("python", BytesIO(file.read_bytes()), {"say": None, "count": (1, 2)}):
            catalogue.add(message, locations=[(file.name, line)], auto_comments=comments)
    reasons = [reason.value for reason in BounceReason]
    for words in (*labels.LABELS.values(), *labels.MEANINGS.values(), *labels.LEFT_OUT.values(), *reasons, *SAID_BACK):
        catalogue.add(words)
    return catalogue


SAID_BACK = ("they reported it as spam", "they unsubscribed by mail")
"""What came back, besides bounces: see newsletter.bounces.feedback."""


def settings() -> str:
    lines = [
        "# Settings",
        "",
        "A flag of a command wins, then the environment, then `.env` in the current folder or the nearest above",
        "that has one, then the default.",
        "",
        "A secret can be in a file of its own, as containers and systemd hand them over. Put `_FILE` behind its name:",
        "`NEWSLETTER_SMTP_PASSWORD_FILE=/run/secrets/smtp`. That works for "
        + ", ".join(f"`{variable(known.name)}`" for known in fields(Settings) if is_in_file(known))
        + ".",
        "",
        "| setting | what it is for | default |",
        "| --- | --- | --- |",
    ]
    for known in fields(Settings):
        default = known.default
        shown = "" if default in (None, "", ()) else "no" if default is False else str(default)
        shown = " ".join(map(str, default)) if isinstance(default, tuple) else shown
        lines.append(f"| `{variable(known.name)}` | {known.metadata['help']} | {f'`{shown}`' if shown else ''} |")
    return "\n".join(lines) + "\n"


def commands() -> str:
    texts = ["# Commands\n\n`./run COMMAND` in a checkout is `newsletter COMMAND` of an installed copy.\n"]
    for path, command in _walk(newsletter, ()):
        with click.Context(command, info_name=" ".join(("newsletter", *path)), max_content_width=100) as context:
            context.terminal_width = 100
            texts.append(f"## {context.info_name}\n\n```text\n{command.get_help(context)}\n```\n")
    return "\n".join(texts)


def merge_tags() -> str:
    rows = {
        "first_name": "their first name",
        "last_name": "their last name",
        "email": "their address",
        "unsubscribe_url": "their own link to unsubscribe",
        "preferences_url": "their own page for name, language, topics, a pause and another address",
        "web_url": "the issue in a browser",
    }
    assert set(rows) == {*merge.PERSON, *merge.LINKS}
    table = "\n".join(f"| `{{{{{name}}}}}` | {meaning} |" for name, meaning in rows.items())
    return f"""# Merge tags

A merge tag is a gap that is filled in for each reader. In a post, tags are filled in if you write `merge: true` at
the top. `{{{{first_name|friend}}}}` becomes “friend” for readers without a first name. Every other column of an
imported list is a tag too. If no column of your list can fill a tag, you get an error and nothing is sent. Anything
else between braces stays as you wrote it. You can use a tag inside a web address, but not in the name of the website.

| tag | becomes |
| --- | --- |
{table}
"""


def pages() -> str:
    """Put the form into the place where it stands in the text, which is otherwise written by hand."""
    text = (ROOT / "docs" / "pages.md").read_text(encoding="utf-8")
    before, _, rest = text.partition("```html\n")
    _, _, after = rest.partition("```\n")
    settings = Settings(organisation="Our Campaign", from_=mailbox("news@example.org"))
    form = embedding.form(site_of(settings, template_folders(None)), "https://news.example.org", "en")
    return f"{before}```html\n{form}```\n{after}"


def _walk(command: click.Command, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        for name in sorted(command.commands):
            yield from _walk(command.commands[name], (*path, name))


if __name__ == "__main__":
    for name, text in documents().items():
        (ROOT / name).write_text(text, encoding="utf-8")
        print(name)
