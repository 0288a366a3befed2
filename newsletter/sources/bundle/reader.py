"""A bundle becomes a Draft. In: a zip file. Out: one post of it, with the pictures that lie beside it in the zip."""

from dataclasses import replace
from functools import partial

from newsletter.errors import SourceError
from newsletter.sources.bundle.exports import Found, posts_of
from newsletter.sources.bundle.shelf import Shelf
from newsletter.sources.choice import Choice, listed
from newsletter.sources.draft import Draft, LeftOut, Need, quoted
from newsletter.sources.material import Material
from newsletter.sources.writing import read_date

_OTHERS = {
    "xl/workbook.xml": "is a spreadsheet. Copy what readers should see, or link to it from a post",
    "xl/workbook.bin": "is a spreadsheet. Copy what readers should see, or link to it from a post",
    "ppt/presentation.xml": "is a presentation. Save its words as a Word document, or link to it from a post",
    "META-INF/container.xml": "is an e-book. Save its words as a Word document or a web page",
    "Index/Document.iwa": "is a document of Apple's Pages, Numbers or Keynote. Export it as Word (File, Export To)",
    "Index.zip": "is a document of Apple's Pages, Numbers or Keynote. Export it as Word (File, Export To)",
    "index.xml": "is a document of an old Pages. Export it as Word (File, Export)",
    "AndroidManifest.xml": "is a program",
}


def read_bundle(material: Material, choice: Choice) -> Draft:
    """Read the post that `choice` names, the newest or only one by default. Raises SourceError."""
    shelf = Shelf(material.content, material.name)
    _refuse_by_part(shelf, material)
    program, found = posts_of(shelf)
    if not found:
        held = ", ".join(sorted({name.rpartition(".")[2].lower() for name in shelf.names if "." in name})[:8])
        raise SourceError(
            source=material.name,
            why=f"is a zip file without a document ({held or 'empty'}). Unpack it, and add the file that is the post",
        )
    if len(found) > 1 and choice.is_open and not program:
        titles = listed([each.title for each in found])
        raise SourceError(source=material.name, why=f"holds {len(found)} documents; say which with --title: {titles}")
    chosen = choice.among(found, lambda each: each.title, material.name)
    return _read(chosen, shelf, program, material)


def _refuse_by_part(shelf: Shelf, material: Material) -> None:
    for part, why in _OTHERS.items():
        if part in shelf.names:
            raise SourceError(source=material.name, why=why)


def _read(chosen: Found, shelf: Shelf, program: str, material: Material) -> Draft:
    from newsletter.sources import read_source

    inner = Material(chosen.name, shelf.read(chosen.name), material.url, beside=partial(shelf.beside, chosen.name))
    draft = read_source(inner)
    title = chosen.title if program == "Substack export" and chosen.title else draft.title
    title = chosen.title if title == "Untitled" else title
    needs = [need for need in draft.needs if need.what != "title" or title == "Untitled"]
    if chosen.is_for_some:
        needs.append(Need("paywall", title, "was for those who pay; see whether everybody should read it"))
    others = [LeftOut("file", name, counts=False) for name in shelf.names if name != chosen.name and _may_matter(name)]
    others += [LeftOut("file", f"{name} (damaged)") for name in shelf.damaged]
    return replace(
        draft,
        kind=program or draft.kind,
        title=title,
        date=draft.date or read_date(chosen.facts.get("date", "")),
        preheader=draft.preheader or quoted(chosen.facts.get("preheader", ""), 140),
        needs=tuple(needs),
        dropped=(*draft.dropped, *others),
    )


def _may_matter(name: str) -> bool:
    """Say whether a file beside a post may belong to it: a document that its readers should perhaps get."""
    return name.lower().endswith((".pdf", ".docx", ".xlsx", ".pptx", ".ics", ".mp3", ".mp4", ".m4a", ".mov"))
