"""Pictures and documents as they lie beside a post, made here."""

import io
import random
import zipfile
from collections.abc import Mapping
from functools import cache
from typing import Any

from PIL import Image

PDF = b"%PDF-1.4\n1 0 obj <<>> endobj\ntrailer <<>>\n" + b"%" * 209_000


def photograph(width: int = 1600, height: int = 1200, form: str = "JPEG", mode: str = "RGB", **how: Any) -> bytes:
    """Draw something that compresses as badly as a photograph."""
    file = io.BytesIO()
    _drawn(width, height, mode).save(file, form, **how)
    return file.getvalue()


@cache
def _drawn(width: int, height: int, mode: str) -> Image.Image:
    grain = Image.frombytes("L", (200, 150), random.Random(7).randbytes(200 * 150)).resize((width, height))
    picture = Image.merge("RGB", (grain, grain.rotate(180), Image.linear_gradient("L").resize((width, height))))
    return picture.convert(mode)


def zipped(parts: Mapping[str, bytes]) -> bytes:
    """Zip files by their names."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


WORD = zipped({"word/document.xml": b"<w/>"})


def docx(body: str) -> bytes:
    """Make a Word document of the XML inside its w:body."""
    schemas = "http://schemas.openxmlformats.org"
    package, office = f"{schemas}/package/2006", f"{schemas}/officeDocument/2006/relationships"
    types = (
        f'<Types xmlns="{package}/content-types"><Default Extension="png" ContentType="image/png"/>'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType='
        '"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
    )
    start = (
        f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
        f'Type="{office}/officeDocument" Target="word/document.xml"/></Relationships>'
    )
    word = f"{schemas}/wordprocessingml/2006/main"
    document = f'<w:document xmlns:w="{word}" xmlns:r="{office}"><w:body>{body}</w:body></w:document>'
    parts = {"[Content_Types].xml": types, "_rels/.rels": start, "word/document.xml": document}
    return zipped({name: content.encode() for name, content in parts.items()})
