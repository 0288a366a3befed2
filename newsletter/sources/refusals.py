"""What can never become a post. In: Material. Out: SourceError that says what the thing is, and what to do."""

from newsletter.errors import SourceError
from newsletter.sources.material import Material

_BY_START = {
    b"%PDF": "is a PDF. Save the text as a Word document or a web page, or link to the PDF from a post",
    b"\xd0\xcf\x11\xe0": "is a Word document of the old kind (.doc). Save it as .docx",
    b"{\\rtf": "is rich text (.rtf). Save it as .docx",
    b"\x89PNG": "is a picture. Put it into a post: ![what it shows](picture.png)",
    b"\xff\xd8\xff": "is a picture. Put it into a post: ![what it shows](picture.jpg)",
    b"GIF8": "is a picture. Put it into a post: ![what it shows](picture.gif)",
}


def refuse_what_is_no_post(material: Material) -> None:
    """Raise SourceError for what is empty, a picture, a PDF, or of another known kind."""
    for mark, why in _BY_START.items():
        if material.start.startswith(mark):
            raise SourceError(source=material.name, why=why)
    if not material.content.strip():
        raise SourceError(source=material.name, why="is empty")
