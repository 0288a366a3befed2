"""Import a list in three steps: read it; see what each column was taken for, and change that; look, then do it.

What is not understood is not done: an unknown column stops and asks. The import itself is a process of its own, and it
can be taken back.
"""

from dataclasses import replace
from hashlib import sha256

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from newsletter.app import imports
from newsletter.app.import_job import (
    ImportJob,
    ImportLook,
    find_job,
    keep_answers,
    keep_list,
    rehearse_import,
    result_of,
    start_import,
)
from newsletter.desk.desk import Asked, Desk
from newsletter.desk.pages import MOST_UPLOAD, DeskPage
from subscribers.errors import ColumnsToExplain, Explained


def show_upload(desk: Desk, asked: Asked, status: int = 200, why: str = "") -> Response:
    """Ask for a list, and for what its people said yes to."""
    return desk.page(asked, "import", status, why=why, fields=dict(asked.form.fields) if asked.form else {})


def upload(desk: Desk, asked: Asked) -> Response:
    """Keep a list."""
    file, pasted = asked.sent.file, asked.field("pasted")
    if file is None and not pasted:
        return show_upload(desk, asked, 422, desk.say(asked, "Choose a file, or paste addresses."))
    name, content = (file.name, file.content) if file else ("pasted.txt", pasted.encode())
    tags = tuple(filter(None, (each.strip() for each in asked.field("tags").split(";"))))
    job = keep_list(desk.workspace, name, content, asked.field("wording"), tags)
    return desk.go(f"/import/{job.number}")


def show_look(desk: Desk, asked: Asked) -> Response:
    """Show what each column was taken for and what the import would do, or ask about columns."""
    job = _job(desk, asked)
    if result_of(desk.workspace, job.number) is not None:
        return desk.go(f"/import/{job.number}/done")
    try:
        look = _look(desk, job)
    except ColumnsToExplain as stopped:
        return desk.page(asked, "import-ask", job=job, questions=stopped.questions, why=str(stopped))
    except Explained as refusal:
        return show_upload(desk, asked, 422, str(refusal))
    return desk.page(asked, "import-look", job=job, look=look, report=look.report, state=_state(job, look))


def answer(desk: Desk, asked: Asked) -> Response:
    """Take the organiser's answers about columns."""
    job = _job(desk, asked)
    meant = {
        name.removeprefix("column "): value for name, value in asked.sent.fields.items() if name.startswith("column ")
    }
    asked_about = set(meant)
    fields = {name for name, value in meant.items() if value == "field"}
    consent = {name for name, value in meant.items() if value == "consent"}
    yes = asked.field("yes_words")
    answers = {
        "as_fields": tuple(sorted((set(job.as_fields) - asked_about) | fields)),
        "consent_columns": tuple(sorted((set(job.consent_columns) - asked_about) | consent)),
        "yes_words": tuple(filter(None, (each.strip() for each in yes.split(";")))) or job.yes_words,
        "dates": asked.field("dates") or job.dates,
    }
    keep_answers(desk.workspace, replace(job, **answers))  # type: ignore[arg-type]
    return desk.go(f"/import/{job.number}")


def do_it(desk: Desk, asked: Asked) -> Response:
    """Start the import, if the list and the answers are what was shown."""
    job = _job(desk, asked)
    look = _look(desk, job)
    asked.sent.require(_state(job, look))
    if look.brake and asked.field("sure") != "yes":
        return desk.go(f"/import/{job.number}", desk.say(asked, "Tick the box if that is right."))
    keep_answers(desk.workspace, replace(job, sure=asked.field("sure") == "yes"))
    start_import(desk.workspace, job)
    return desk.go(f"/import/{job.number}/done")


def show_done(desk: Desk, asked: Asked) -> Response:
    """Show how far an import is, and then what it did."""
    job = _job(desk, asked)
    result = result_of(desk.workspace, job.number)
    if result is None:
        return desk.go(f"/import/{job.number}")
    return desk.page(asked, "import-done", job=job, result=result, report=result.get("report"))


def show_done_now(desk: Desk, asked: Asked) -> Response:
    """Answer how far an import is."""
    job = _job(desk, asked)
    result = result_of(desk.workspace, job.number) or {}
    html = desk.piece(asked, "import-now", job=job, result=result, report=result.get("report"))
    return JSONResponse({"since": sha256(repr(result).encode()).hexdigest(), "html": html, "over": "done" in result})


def take_back(desk: Desk, asked: Asked) -> Response:
    """Take an import back."""
    number = asked.path["number"]
    if not number.isdecimal() or len(number) > 9:
        raise HTTPException(404)
    done = imports.take_back(desk.workspace, int(number))
    figures = {"removed": done.removed, "restored": done.restored, "lifted": done.lifted, "kept": done.kept}
    words = (
        "The import is undone: %(removed)s removed, %(restored)s as they were before, %(lifted)s can be emailed "
        "again. %(kept)s stay, as something has happened to them since."
    )
    return desk.go("/people", desk.say(asked, words, **figures))


def _job(desk: Desk, asked: Asked) -> ImportJob:
    job = find_job(desk.workspace, asked.path["number"])
    if job is None:
        raise HTTPException(404)
    return job


def _look(desk: Desk, job: ImportJob) -> ImportLook:
    """Rehearse an import, once for each set of answers."""
    key = f"import {replace(job, sure=False)}"
    found: ImportLook | None = desk.kept.get(key)
    if found is None:
        found = rehearse_import(desk.workspace, job)
        desk.kept.put(key, found)
    return found


def _state(job: ImportJob, look: ImportLook) -> str:
    return sha256(repr((replace(job, sure=False), look.report.as_json())).encode()).hexdigest()


PAGES = (
    DeskPage("/import", show_upload),
    DeskPage("/import/read", take=upload, most=MOST_UPLOAD),
    DeskPage("/import/{number}", show_look),
    DeskPage("/import/{number}/answers", take=answer),
    DeskPage("/import/{number}/do", take=do_it),
    DeskPage("/import/{number}/done", show_done),
    DeskPage("/import/{number}/now", show_done_now),
    DeskPage("/imports/{number}/undo", take=take_back),
)
