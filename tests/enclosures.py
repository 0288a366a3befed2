"""Pictures and documents as they lie beside a post, made here."""

import io
import random
import zipfile
from typing import Any

from PIL import Image

PDF = b"%PDF-1.4\n1 0 obj <<>> endobj\ntrailer <<>>\n" + b"%" * 209_000


def photograph(width: int = 1600, height: int = 1200, form: str = "JPEG", mode: str = "RGB", **how: Any) -> bytes:
    """Draw something that compresses as badly as a photograph."""
    grain = Image.frombytes("L", (200, 150), random.Random(7).randbytes(200 * 150)).resize((width, height))
    picture = Image.merge("RGB", (grain, grain.rotate(180), Image.linear_gradient("L").resize((width, height))))
    file = io.BytesIO()
    picture.convert(mode).save(file, form, **how)
    return file.getvalue()


def zipped(**parts: bytes) -> bytes:
    """Zip `parts`; a name's __ stands for a slash, and its _ for a full stop."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), content)
    return file.getvalue()


WORD = zipped(word__document_xml=b"<w/>")
