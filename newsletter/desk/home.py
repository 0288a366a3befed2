"""The start page: what needs the organiser, and nothing else.

Drafts with findings, an issue under way, recipients in doubt, what came back, what the doctor says without asking the
network, and sign-ups that are held back.
"""

import threading
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from starlette.responses import Response

from newsletter.app import check, doctor, posts
from newsletter.app.needs import needs
from newsletter.compiler import Finding, Severity
from newsletter.desk.desk import Asked, Desk
from newsletter.desk.pages import DeskPage
from newsletter.desk.posts import listed_posts
from newsletter.doctor.finding import DoctorFinding, DoctorSeverity
from subscribers.errors import Explained

DOCTOR_SECONDS = 300.0
MOST_DRAFTS = 5
"""So many of the newest posts that were not sent yet are checked for the start page."""


@dataclass(frozen=True)
class DraftPost:
    """A post that no issue was made of yet, and how much the check has found."""

    path: Path
    title: str
    errors: int
    warnings: int


def show_home(desk: Desk, asked: Asked) -> Response:
    """Show what needs the organiser."""
    found = needs(desk.workspace, desk.counted)
    sent = {each.issue.post for each in found.issues}
    return desk.page(
        asked,
        "home",
        needs=found,
        under_way=[each for each in found.issues if each.status in ("sending", "waiting", "paused", "scheduled")],
        last=next((each for each in found.issues if each.status == "done"), None),
        doubtful=[each for each in found.issues if each.uncertain],
        drafts=list(drafts(desk, sent)),
        doctor=[each for each in ailments(desk) if each.severity is DoctorSeverity.ERROR],
    )


def drafts(desk: Desk, sent: set[str]) -> list[DraftPost]:
    """Check the newest posts that were not sent; one that was checked before and has not changed is not read again."""
    found = []
    for listed in listed_posts(desk):
        if listed.post is None or listed.post.slug in sent:
            continue
        findings = checked(desk, listed.path)
        counts = [sum(each.severity is kind for each in findings) for kind in (Severity.ERROR, Severity.WARNING)]
        found.append(DraftPost(listed.path, listed.post.title, *counts))
        if len(found) == MOST_DRAFTS:
            break
    return found


def checked(desk: Desk, path: Path) -> tuple[Finding, ...]:
    """Return the findings about a post, without the network; kept until the file changes."""
    about = path.stat()
    mark = (about.st_mtime_ns, about.st_size)
    known = desk.checked.get(path.name)
    if known is None or known[0] != mark:
        desk.checked[path.name] = known = (mark, _findings(desk, path))
    return known[1]


def ailments(desk: Desk) -> tuple[DoctorFinding, ...]:
    """Return what the doctor found last without asking the network; older findings are renewed in the background.

    Nobody waits for it, because it reads the whole database: seconds for a large one. At first there are none.
    """
    if desk.doctor is None or monotonic() - desk.doctor[0] > DOCTOR_SECONDS:
        threading.Thread(target=_look_again, args=(desk,), daemon=True).start()
    return desk.doctor[1] if desk.doctor else ()


def _look_again(desk: Desk) -> None:
    if _doctor.acquire(blocking=False):  # otherwise another page has asked
        try:
            desk.doctor = (monotonic(), tuple(doctor.examine(desk.workspace, offline=True)))
        finally:
            _doctor.release()


_doctor = threading.Lock()


def _findings(desk: Desk, path: Path) -> tuple[Finding, ...]:
    try:
        return posts.prepare(desk.workspace.lenient(), path).email.findings
    except Explained as refusal:
        return (check.finding_of(refusal),)


PAGES = (DeskPage("/", show_home),)
