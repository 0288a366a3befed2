"""Set-up: the settings in force, what the doctor says with records to copy, and the form for one's own site."""

from starlette.responses import Response

from newsletter.app import doctor, form, setup
from newsletter.desk.desk import Asked, Desk
from newsletter.desk.home import ailments
from newsletter.desk.pages import DeskPage
from newsletter.doctor.finding import DoctorFinding
from subscribers.errors import Explained


def show_setup(desk: Desk, asked: Asked) -> Response:
    """Show the settings, and what the doctor finds without asking the network."""
    # The page says itself that the network was not asked.
    return _page(desk, asked, tuple(each for each in ailments(desk) if each.subject != "network"), online=False)


def examine(desk: Desk, asked: Asked) -> Response:
    """Ask the mail server, DNS and the public pages, too; it changes nothing."""
    return _page(desk, asked, tuple(doctor.examine(desk.workspace)), online=True)


def _page(desk: Desk, asked: Asked, findings: tuple[DoctorFinding, ...], online: bool) -> Response:
    try:
        embedded = form.subscribe_form(desk.workspace)
    except Explained:
        embedded = ""
    settings = {name: value for name, value in setup.settings_shown(desk.workspace).items() if value}
    return desk.page(asked, "setup", findings=findings, online=online, settings=settings, form=embedded)


PAGES = (DeskPage("/setup", show_setup), DeskPage("/setup/examine", take=examine))
