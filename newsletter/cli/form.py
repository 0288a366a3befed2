"""form: the subscribe form, to paste into a page of your own site."""

import click

from newsletter.cli.here import here
from newsletter.cli.printing import say
from newsletter.site import site_of
from subscribers.embedding import form as written


@click.command()
@click.option("--language", metavar="CODE", help="In this language, as cy; otherwise in that of NEWSLETTER_LANGUAGE.")
def form(language: str | None) -> None:
    """Print the subscribe form, to paste into a page of your own site.

    It is plain HTML, without script or style, so it looks like the page it stands in. It asks for an address, and leads
    to the pages that `newsletter serve` gives out at NEWSLETTER_BASE_URL, in the language chosen. Name, language and
    topics are asked on the page that the confirmation email leads to.
    """
    place = here()
    place.settings.require("base_url", "organisation", "from_")
    pages = site_of(place.settings, place.templates)
    spoken = _spoken(language or place.settings.language, list(pages.languages), bool(language))
    click.echo(written(pages, place.settings.base_url, spoken), nl=False)
    if not place.settings.smtp_host:
        say("Note: NEWSLETTER_SMTP_HOST is not set: the pages can ask nobody by mail, and the form leads nowhere.")


COMMANDS = (form,)


def _spoken(wish: str, known: list[str], strict: bool) -> str:
    """Return the code in `known` that fits `wish` (en for en-GB); otherwise "en", or a usage error if `strict`."""
    primary = wish.lower().partition("-")[0]
    found = next((code for code in known if code in (wish.lower(), primary)), None)
    if found is None and strict:
        raise click.UsageError(f"There are no words in {wish!r}; there are in {', '.join(known)}.")
    return found or "en"
