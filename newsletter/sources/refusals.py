"""Files that can never become a post. In: Material. Out: SourceError that says what the thing is, and what to do."""

from newsletter.errors import SourceError
from newsletter.sources.material import Material

_BY_START = {
    b"%PDF": "is a PDF. Save the text as a Word document or a web page, or link to the PDF from a post",
    b"\xd0\xcf\x11\xe0": "is a Word document of the old kind (.doc). Save it as .docx",
    b"{\\rtf": "is rich text (.rtf). Save it as .docx",
    b"\x89PNG": "is a picture. Put it into a post: ![what it shows](picture.png)",
    b"\xff\xd8\xff": "is a picture. Put it into a post: ![what it shows](picture.jpg)",
    b"GIF8": "is a picture. Put it into a post: ![what it shows](picture.gif)",
    b"RIFF": "is a picture, a film or a sound. Save a picture as JPEG: ![what it shows](picture.jpg)",
    b"\x1f\x8b": "is packed (.gz). Unpack it, and add what is in it",
    b"7z\xbc\xaf": "is packed (.7z). Unpack it, and add what is in it",
    b"Rar!": "is packed (.rar). Unpack it, and add what is in it",
    b"!BDN": "is a whole mailbox of Outlook (.pst). Save the one mail as .eml, or copy its words",
    b"\x78\x9f\x3e\x22": "is what Outlook packs attachments into (winmail.dat). Ask the sender to send it as HTML",
    b"ID3": "is a sound. Link to it from a post",
    b"OggS": "is a sound. Link to it from a post",
    b"bplist00": "is a file of an Apple program. Export it as Word, or save the page as HTML",
    b"MZ": "is a program",
    b"\x7fELF": "is a program",
    b"SQLite format 3": "is a database",
}
_OLE_MAIL = "__substg1.0_".encode("utf-16-le")


def refuse_what_is_no_post(material: Material) -> None:
    """Raise SourceError for what is empty, a picture, a PDF, or of another known kind."""
    if material.start.startswith(b"\xd0\xcf\x11\xe0") and _OLE_MAIL in material.content:
        why = "is a mail as Outlook keeps it (.msg). Save it as .eml or HTML, or copy its words"
        raise SourceError(source=material.name, why=why)
    if material.content[4:8] == b"ftyp":
        raise SourceError(source=material.name, why="is a film or a photograph of a telephone. Save a picture as JPEG")
    for mark, why in _BY_START.items():
        if material.start.startswith(mark):
            raise SourceError(source=material.name, why=why)
    if not material.content.strip():
        raise SourceError(source=material.name, why="is empty")
