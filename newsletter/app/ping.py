"""Tell a watcher elsewhere that this machine is alive: it raises the alarm when it has not been told for a while."""

from newsletter.app.list_folder import ListFolder
from newsletter.errors import FetchRefused

SECONDS = 10.0
ANYWHERE = ("0.0.0.0/0", "::/0")
"""The organiser chose the address, and it may be on their own network."""


def ping(folder: ListFolder) -> None:
    """Visit NEWSLETTER_PING_URL, if it is set; if that fails, tell the organiser, and go on."""
    address = folder.settings.ping_url
    if not address:
        return
    from newsletter.sources.fetch import Limits, fetch  # because most folders have no such address

    try:
        fetch(address, Limits(most_bytes=100_000, seconds=SECONDS, redirects=2, allowed=ANYWHERE))
    except FetchRefused as refused:
        # Without the address: whoever knows it could keep the alarm from going off.
        folder.tell(f"Warning: the address in NEWSLETTER_PING_URL could not be visited: {refused.particulars['why']}.")
