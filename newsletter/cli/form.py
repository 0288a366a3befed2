"""form: the subscribe form, to paste into a page of your own site."""

import click

from newsletter.app.form import subscribe_form
from newsletter.cli.here import here
from newsletter.cli.printing import say
from newsletter.errors import NoSuchLanguage


@click.command()
@click.option("--language", metavar="CODE", help="In this language, as cy; otherwise in that of NEWSLETTER_LANGUAGE.")
def form(language: str | None) -> None:
    """Print the subscribe form, to paste into a page of your own site.

    It is plain HTML, without script or style, so it looks like the page it stands in. It asks for an address, and leads
    to the pages that `newsletter serve` gives out at NEWSLETTER_BASE_URL, in the language chosen. Name, language and
    topics are asked on the page that the confirmation email leads to.
    """
    place = here()
    try:
        click.echo(subscribe_form(place, language or ""), nl=False)
    except NoSuchLanguage as unknown:
        raise click.UsageError(str(unknown)) from None
    if not place.settings.smtp_host:
        say("Note: NEWSLETTER_SMTP_HOST is not set: the pages can ask nobody by mail, and the form leads nowhere.")


COMMANDS = (form,)
