"""Forms of the desk: each carries a seal, and does what it says once. In: a request's body. Out: fields and a file.

A seal names the page that takes the form and the state that the page was made from, signed with a key that is made at
each start. So no other page can make a form, a tab that an earlier desk left open cannot act, and a page can refuse a
form when what it was about has changed since. A form that is sent twice, as by a double click, is carried out once: the
second gets the answer of the first.
"""

import asyncio
import re
import secrets
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from hmac import compare_digest
from hmac import new as hmac
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

SEAL = "seal"
"""The name of the field with the seal."""
MOST_FIELDS = 500
BODY_SECONDS = 60
MOST_KEPT = 500
"""The most forms that were carried out and whose answers are kept."""


class StaleForm(Exception):
    """The form is not one that this desk has made for this page, or what it was about has changed since."""


@dataclass(frozen=True)
class UploadedFile:
    """A file that came with a form: the name that it has on the organiser's disk, and its bytes."""

    name: str
    content: bytes


@dataclass(frozen=True)
class SentForm:
    """What a form brought, after its seal was found to be good."""

    fields: Mapping[str, str]
    """The last value of each field."""
    several: Mapping[str, list[str]]
    """All values of each field, for fields that may come more than once."""
    file: UploadedFile | None
    state: str
    """The state that the form was made from."""
    once: str
    """What makes this form different from all others."""

    def require(self, state: str) -> None:
        """Raise StaleForm unless the form was made from this state."""
        if self.state != state:
            raise StaleForm


@dataclass
class Seals:
    """Signs the forms of one desk, and remembers which were carried out."""

    key: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    _done: "OrderedDict[str, _Answered]" = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def seal(self, action: str, state: str = "") -> str:
        """Return the seal of a new form for the page at `action`, made from `state`."""
        once = secrets.token_urlsafe(12)
        return f"{once}.{state.encode().hex()}.{self._signature(action, once, state)}"

    def opened(self, action: str, seal: str) -> tuple[str, str]:
        """Return what makes the form unique, and the state it was made from. Raises StaleForm."""
        once, _, rest = seal.partition(".")
        coded, _, signature = rest.partition(".")
        try:
            state = bytes.fromhex(coded).decode()
        except ValueError:
            raise StaleForm from None
        if not compare_digest(signature.encode(), self._signature(action, once, state).encode()):
            raise StaleForm
        return once, state

    def turn(self, once: str) -> "_Answered":
        """Begin to carry a form out, or wait until it is: `answer` is then the answer that it got."""
        with self._lock:
            found = self._done.setdefault(once, _Answered())
            while len(self._done) > MOST_KEPT:
                self._done.popitem(last=False)
        return found

    def _signature(self, action: str, once: str, state: str) -> str:
        return hmac(self.key, f"{action}\0{once}\0{state}".encode(), sha256).hexdigest()


@dataclass
class _Answered:
    lock: threading.Lock = field(default_factory=threading.Lock)
    answer: Response | None = None
    """None: it was not carried out, because it was refused; it may be sent again."""


async def take_form(request: Request, seals: Seals, most: int) -> SentForm:
    """Read a form of at most `most` bytes. Raises StaleForm, and HTTPException 408, 413 and 415."""
    body = await _body(request, most)
    kind, _, more = request.headers.get("content-type", "").partition(";")
    if kind.strip().lower() == "application/x-www-form-urlencoded":
        pairs, file = _pairs(body), None
    elif kind.strip().lower() == "multipart/form-data":
        pairs, file = _parts(body, more)
    else:
        raise HTTPException(415)
    several: dict[str, list[str]] = {}
    for name, value in pairs:
        several.setdefault(name, []).append(value.replace("\r\n", "\n").replace("\0", ""))
    fields = {name: values[-1] for name, values in several.items()}
    once, state = seals.opened(request.url.path, fields.get(SEAL, ""))
    return SentForm(fields, several, file, state, once)


async def _body(request: Request, most: int) -> bytes:
    claimed = request.headers.get("content-length", "0")
    if not (claimed.isascii() and claimed.isdigit() and len(claimed) < 12 and int(claimed) <= most):
        raise HTTPException(413)
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for piece in request.stream():
                body += piece
                if len(body) > most:
                    raise HTTPException(413)
    except TimeoutError:
        raise HTTPException(408) from None
    return bytes(body)


def _pairs(body: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(
            body.decode("ascii"), keep_blank_values=True, max_num_fields=MOST_FIELDS, encoding="utf-8", errors="replace"
        )
    except ValueError:
        raise HTTPException(400) from None


_BOUNDARY = re.compile(r"""boundary="?([A-Za-z0-9'()+_,./:=?-]{1,70})"?""")
_NAME = re.compile(r'[; ]name="((?:[^"\\]|\\.){0,200})"')
_FILE = re.compile(r'[; ]filename="((?:[^"\\]|\\.){0,400})"')


def _parts(body: bytes, parameters: str) -> tuple[list[tuple[str, str]], UploadedFile | None]:
    """Take a multipart body apart (RFC 7578), as browsers write it."""
    boundary = _BOUNDARY.search(parameters)
    if boundary is None:
        raise HTTPException(400)
    parts = (b"\r\n" + body).split(b"\r\n--" + boundary[1].encode())[1:-1]
    if len(parts) > MOST_FIELDS:
        raise HTTPException(400)
    pairs: list[tuple[str, str]] = []
    file: UploadedFile | None = None
    for part in parts:
        head, _, content = part.partition(b"\r\n\r\n")
        words = head[:2000].decode("utf-8", "replace")
        name, named = _NAME.search(words), _FILE.search(words)
        if named and named[1]:
            file = UploadedFile(re.split(r"[\\/]", named[1].replace('\\"', "").replace("%22", ""))[-1][:200], content)
        elif name and not named:
            pairs.append((name[1], content.decode("utf-8", "replace")))
    return pairs, file
