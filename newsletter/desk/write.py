"""Write a post: its words and fields, what the check says about them, and the email beside them as readers see it.

A save carries the mark of the file that it began from. If another program has changed the file meanwhile, both versions
are shown, and nothing is lost or written over.
"""

import secrets

from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, JSONResponse, Response

from newsletter.app.draft import LookedAt, look_at_draft
from newsletter.app.writing import FIELDS, ChangedMeanwhile, PostSheet, open_sheet, save_sheet, sheet_text
from newsletter.desk.desk import Asked, Desk
from newsletter.desk.pages import DeskPage
from newsletter.desk.posts import choices, post_of
from newsletter.preview.views import view_page
from subscribers.errors import Explained

MAIL = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data: https: http:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
)
"""For the email in its frame: no script, no form, of no origin; pictures are inside it, or from the web."""
VIEWS = ("light", "dark", "desktop", "no-images", "text")


def show_post(desk: Desk, asked: Asked) -> Response:
    """Show a post to be edited."""
    path = post_of(desk, asked)
    sheet = open_sheet(path)
    return _page(desk, asked, sheet, look_at_draft(desk.workspace, path))


def save(desk: Desk, asked: Asked) -> Response:
    """Save a post, or show both versions if the file was changed meanwhile."""
    path = post_of(desk, asked)
    whole = bool(asked.field("whole"))
    fields, body = _typed(asked)
    try:
        save_sheet(path, asked.sent.state, fields, body, whole)
    except ChangedMeanwhile as changed:
        mine = PostSheet(path, fields, body, open_sheet(path).mark, whole=whole)
        return _page(desk, asked, mine, look_at_draft(desk.workspace, path), 409, theirs=changed.theirs)
    except Explained as refusal:
        typed = PostSheet(path, fields, body, asked.sent.state, whole=whole)
        return _page(desk, asked, typed, look_at_draft(desk.workspace, path), 422, why=str(refusal))
    after = f"/posts/{path.name}/send" if asked.field("then") == "send" else f"/posts/{path.name}"
    return desk.go(after, desk.say(asked, "Saved."))


def try_out(desk: Desk, asked: Asked) -> Response:
    """Make the email of what is typed and not saved; answer with its findings and the name of its previews."""
    path = post_of(desk, asked)
    fields, body = _typed(asked)
    found = look_at_draft(desk.workspace, path, sheet_text(path, fields, body, bool(asked.field("whole"))))
    name = _keep(desk, path.name, found)
    side = desk.piece(asked, "findings", findings=found.findings, first_line=open_sheet(path).first_line)
    return JSONResponse({"name": name, "made": found.email is not None, "findings": side})


def show_mail(desk: Desk, asked: Asked) -> Response:
    """Show the email of a post in one view, for a frame."""
    kept: LookedAt | None = desk.kept.get(f"mail-{asked.path['mail']}")
    view = asked.path["view"]
    if view not in VIEWS or kept is None:
        raise HTTPException(404)
    html = view_page(view, kept.html, kept.email.text if kept.email else "")
    return HTMLResponse(html, headers={"Content-Security-Policy": MAIL, "X-Frame-Options": "SAMEORIGIN"})


def _page(
    desk: Desk, asked: Asked, sheet: PostSheet, found: LookedAt, status: int = 200, why: str = "", theirs: str = ""
) -> Response:
    view = asked.query.get("view", "light")
    return desk.page(
        asked,
        "write",
        status,
        sheet=sheet,
        name=sheet.path.name,
        findings=found.findings,
        first_line=sheet.first_line,
        mail=_keep(desk, sheet.path.name, found),
        preview=found.email,
        view=view if view in VIEWS else "light",
        why=why,
        theirs=theirs,
        **choices(desk),
    )


def _keep(desk: Desk, name: str, found: LookedAt) -> str:
    """Keep an email for its frames, under a name that nobody can guess; of each post the last few."""
    return desk.kept.put(f"mail-{secrets.token_urlsafe(9)}", found).removeprefix("mail-")


def _typed(asked: Asked) -> tuple[dict[str, str], str]:
    fields = {name: asked.field(name) for name in FIELDS if name in asked.sent.fields}
    return fields, asked.sent.fields.get("body", "")


PAGES = (
    DeskPage("/posts/{name}", show_post),
    DeskPage("/posts/{name}/save", take=save),
    DeskPage("/posts/{name}/try", take=try_out),
    DeskPage("/mail/{mail}/{view}", show_mail),
)
