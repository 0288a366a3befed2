"""A page saved in one file becomes a Draft. In: .mhtml or .webarchive. Out: its article, and the pictures it holds."""

import email
import plistlib
import re
from contextlib import suppress
from dataclasses import replace
from email import policy
from email.message import EmailMessage
from typing import Any
from urllib.parse import urljoin

from newsletter.errors import SourceError
from newsletter.sources.draft import Draft
from newsletter.sources.mail.parts import parts_of
from newsletter.sources.material import Material
from newsletter.sources.page.reader import read_page


def read_web_archive(material: Material) -> Draft:
    """Read the page of an archive. Raises SourceError."""
    is_list = material.start.startswith(b"bplist00")
    html, url, pictures = _of_list(material) if is_list else _of_mail(material)
    if not html.strip():
        raise SourceError(source=material.name, why="holds no page. Save the page again as “Web page, complete”")

    def beside(address: str) -> bytes | None:
        with suppress(ValueError):  # an address such as http://[
            return pictures.get(address) or pictures.get(urljoin(url, address))
        return None

    page = Material(material.name, html.encode(), url if re.match(r"https?://", url) else material.url, beside=beside)
    return replace(read_page(page), kind="saved page")


def _of_mail(material: Material) -> tuple[str, str, dict[str, bytes]]:
    try:
        message = email.message_from_bytes(material.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        parts = parts_of(message)
        places = [str(message.get("Snapshot-Content-Location") or "")]
        places += [
            str(each.get("Content-Location") or "") for each in message.walk() if each.get_content_type() == "text/html"
        ]
    except (LookupError, ValueError, AttributeError, TypeError, AssertionError, IndexError) as error:
        raise SourceError(source=material.name, why=f"cannot be read as a saved page: {error}") from None
    html = next((each for each in parts.html if each.strip()), "")  # the page itself comes first, its frames after
    return html, next((each for each in places if each), ""), parts.pictures


def _of_list(material: Material) -> tuple[str, str, dict[str, bytes]]:
    try:
        found: Any = plistlib.loads(material.content)
        main = found["WebMainResource"]
        encoding = str(main.get("WebResourceTextEncodingName") or "utf-8")
        html = bytes(main["WebResourceData"]).decode(encoding, "replace")
        others = {
            str(each.get("WebResourceURL", "")): bytes(each.get("WebResourceData", b""))
            for each in found.get("WebSubresources", [])
        }
        return html, str(main.get("WebResourceURL", "")), others
    except (
        plistlib.InvalidFileException,
        KeyError,
        ValueError,
        TypeError,
        AttributeError,
        LookupError,
        RecursionError,
    ):
        raise SourceError(source=material.name, why="cannot be read as a saved page") from None
