"""serve: the public pages, and beside them metrics and a sender."""

import sys
from contextlib import ExitStack

import click

from newsletter.app.pages import numbers_served, public_pages
from newsletter.cli.here import here
from newsletter.cli.minutes import timer
from newsletter.cli.printing import say


class AddressParam(click.ParamType[tuple[str, int]]):
    """An address to listen at: 127.0.0.1:9100 or [::1]:9100."""

    name = "address"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, int]:
        """Split host and port. Fails without a port."""
        host, _, port = str(value).rpartition(":")
        host = host.removeprefix("[").removesuffix("]")
        if not (host and port.isascii() and port.isdigit() and int(port[:6]) < 65_536):
            self.fail(f"{value!r} is not like 127.0.0.1:9100.", param, ctx)
        return host, int(port)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at.")
@click.option(
    "--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="The port; 0: any free one."
)
@click.option("--send", "sends", is_flag=True, help="Also send what is due, as `newsletter due` does, once a minute.")
@click.option(
    "--metrics",
    type=AddressParam(),
    metavar="HOST:PORT",
    help="Also serve numbers for Prometheus, at http://HOST:PORT/metrics. Keep that address from the public.",
)
def serve(host: str, port: int, sends: bool, metrics: tuple[str, int] | None) -> None:
    """Serve the public pages, and the files of posts.

    Put a web server with TLS in front, and its address into NEWSLETTER_BASE_URL. Ctrl-C ends it.
    """
    place = here()
    with public_pages(place, host, port) as pages, ExitStack() as beside:
        if metrics:
            say(f"Numbers for Prometheus at {beside.enter_context(numbers_served(place, *metrics))}")
        say(f"Serving at {pages.address}; links in mails lead to {place.settings.base_url or '(no base URL set)'}.")
        if sends:
            beside.enter_context(timer([sys.executable, "-m", "newsletter", "due"]))
        pages.serve()


COMMANDS = (serve,)
