"""What pages load: the style sheet and small modules of script; and the choice of the desk's language."""

from starlette.exceptions import HTTPException
from starlette.responses import Response

from newsletter.desk.desk import Asked, Desk
from newsletter.desk.pages import DeskPage
from newsletter.theme import render

SCRIPTS = ("toolbar.js", "live.js", "poll.js", "count.js")


def style(desk: Desk, asked: Asked) -> Response:
    """Answer with the style sheet."""
    return Response(desk.style(), media_type="text/css")


def script(desk: Desk, asked: Asked) -> Response:
    """Answer with a module of script."""
    name = asked.path["name"]
    if name not in SCRIPTS:
        raise HTTPException(404)
    return Response(render(desk.templates, f"desk/{name}", {}), media_type="text/javascript")


def choose_language(desk: Desk, asked: Asked) -> Response:
    """Have the desk speak the language that was chosen."""
    if asked.field("language") in desk.languages():
        desk.language = asked.field("language")
    return desk.go("/")


PAGES = (
    DeskPage("/style.css", style),
    DeskPage("/script/{name}", script),
    DeskPage("/language", take=choose_language),
)
