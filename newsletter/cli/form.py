"""form: the subscribe form, to paste into a page of your own site."""

import click

from newsletter.app.form import subscribe_form
from newsletter.cli.here import here
from newsletter.cli.printing import say
from newsletter.errors import NoSuchLanguage


@click.command()
@click.option("--language", metavar="CODE", help="The language of the form, such as cy. [default: NEWSLETTER_LANGUAGE]")
def form(language: str | None) -> None:
    """Print the subscribe form, to paste into a page of your own website.

    It is plain HTML, without scripts or styles, so it looks like the page around it. It asks for an email address only,
    and leads to your public pages at NEWSLETTER_BASE_URL (`newsletter serve`). The page behind the confirmation email
    asks for name, language and topics.
    """
    place = here()
    try:
        click.echo(subscribe_form(place, language or ""), nl=False)
    except NoSuchLanguage as unknown:
        raise click.UsageError(str(unknown)) from None
    if not place.settings.smtp_host:
        say("Note: NEWSLETTER_SMTP_HOST is not set, so the pages cannot ask anybody to confirm.")


COMMANDS = (form,)
