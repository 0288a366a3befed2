"""Addresses made for one person. In: the address of a link. Out: its target, and whether it belongs to one person.

Mail programs wrap links to see which user clicked (Safelinks, Proofpoint); mailing tools wrap them to count clicks per
recipient. Where the address holds the target, the target is taken out of it; nothing is ever visited.
"""

import base64
import binascii
import json
import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit, urlunsplit

_PLAIN = re.compile(r"https?://([A-Za-z0-9.-]+)(?:[/#][^?]*)?$")  # no parameters, no user, no port
_WEB = re.compile(r"https?://[^\s<>\"]+$", re.IGNORECASE)
_DEEPEST = 6  # wrappers in each other
_LONGEST = 8_000


@dataclass(frozen=True, slots=True)
class Unwrapped:
    """Where a link leads: `address` is the target, or what was given; `wrapper` names one with no target in it."""

    address: str
    wrapper: str = ""

    @property
    def is_personal(self) -> bool:
        """Tell whether the address still belongs to one person."""
        return bool(self.wrapper)


@lru_cache(maxsize=10_000)
def unwrapped(address: str) -> Unwrapped:
    """Remove wrappers from `address`, and the parameters that tell a tool which recipient clicked."""
    plain = _PLAIN.match(address)
    if plain and not _wrappers_at(plain[1].lower()):
        return Unwrapped(address)  # which is most, and parsing them takes longer than all else
    for _ in range(_DEEPEST):
        wrapper = _wrapper_of(address)
        if wrapper is None:
            return Unwrapped(without_trackers(address))
        target = _target(wrapper, address)
        if not target:
            return Unwrapped(address, wrapper.name)
        address = target
    return Unwrapped(address, "a redirect")


def unwrap_text(text: str) -> tuple[str, list[Unwrapped]]:
    """Unwrap every address in `text`; return the text, and the addresses that still belong to one person."""
    personal: list[Unwrapped] = []

    def bare(found: re.Match[str]) -> str:
        seen = unwrapped(found[0])
        if seen.is_personal:
            personal.append(seen)
            return found[0]
        return (
            re.sub(r"[\s<>()\[\]]", lambda sign: f"%{ord(sign[0]):02X}", seen.address)
            if seen.address != found[0]
            else found[0]
        )

    return re.sub(r"https?://[^\s<>\"')\]]+", bare, text), personal


@dataclass(frozen=True, slots=True)
class _Wrapper:
    """A redirector, as ``redirectors.toml`` describes it."""

    name: str
    host: re.Pattern[str]
    path: re.Pattern[str]
    needs: re.Pattern[str]
    parameters: tuple[str, ...]
    read: Callable[[SplitResult], str] | None

    def fits(self, parts: SplitResult) -> bool:
        """Tell whether an address of one of its hosts is one of its links."""
        return bool(self.path.match(parts.path) and self.needs.search(parts.query))


def _wrapper_of(address: str) -> _Wrapper | None:
    parts = _split(address)
    if parts is None:
        return None
    return next((each for each in _wrappers_at((parts.hostname or "").lower()) if each.fits(parts)), None)


@lru_cache(maxsize=1000)  # the links of a page lead to few hosts
def _wrappers_at(host: str) -> tuple[_Wrapper, ...]:
    return tuple(each for each in _wrappers() if each.host.fullmatch(host))


@lru_cache(maxsize=10)  # an address is parsed for its host, its target and its marks
def _split(address: str) -> SplitResult | None:
    if not address[:8].lower().startswith(("https://", "http://")) or len(address) > _LONGEST:
        return None
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    return parts if parts.hostname else None


def _target(wrapper: _Wrapper, address: str) -> str:
    parts = _split(address)
    assert parts is not None
    for target in _candidates(wrapper, parts):
        if _WEB.match(target) and target != address:
            return target
        if re.match(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+(?:/\S*)?$", target, re.IGNORECASE) and wrapper.read is None:
            return f"https://{target}"
    return ""


def _candidates(wrapper: _Wrapper, parts: SplitResult) -> Iterator[str]:
    if wrapper.read is not None:
        yield wrapper.read(parts)
    # Text copied from a mail's source separates parameters with `;` and `&amp;`.
    values = parse_qsl(parts.query.replace("&amp;", "&"), keep_blank_values=True)
    for name in wrapper.parameters:
        for found, value in values:
            if found.lower() == name:
                yield value.strip()
                yield unquote(value).strip()
                yield _from_base64(value)


def _from_base64(text: str) -> str:
    text = text.strip().replace("-", "+").replace("_", "/").rstrip("=")
    if len(text) < 12 or not re.fullmatch(r"[A-Za-z0-9+/]+", text):
        return ""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4)).decode()
    except (binascii.Error, UnicodeError, ValueError):
        return ""


def _proofpoint_2(parts: SplitResult) -> str:
    found = dict(parse_qsl(parts.query)).get("u", "")
    return unquote(re.sub(r"-(?=[0-9A-Fa-f]{2})", "%", found).replace("_", "/"))


def _proofpoint_3(parts: SplitResult) -> str:
    """Read version 3: the target between ``__`` and ``__;``, stars for the bytes that stand in base64 behind it."""
    whole = urlunsplit(("", "", parts.path, parts.query, parts.fragment))
    found = re.match(r"/v3/__(.+?)__(?:;([^!]*))?!", whole)
    if not found:
        return ""
    try:
        code = (found[2] or "").replace("-", "+").replace("_", "/")
        letters = iter(base64.b64decode(code + "=" * (-len(code) % 4)).decode())
        lengths = dict(
            zip("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", range(2, 66), strict=True)
        )

        def said(star: re.Match[str]) -> str:
            return "".join(next(letters, "") for _ in range(lengths.get(star[1], 1) if star[1] else 1))

        target = re.sub(r"\*(?:\*([A-Za-z0-9_-]))?", said, found[1])
    except (binascii.Error, UnicodeError, ValueError):
        return ""
    return re.sub(r"^(https?:/)(?=[^/])", r"\1/", target)


def _in_path(parts: SplitResult) -> str:
    """Find an address that stands written out, or encoded, in the path."""
    written_out = "___" in parts.path or "%3a" not in parts.path.lower()
    whole = unquote(parts.path) + (f"?{parts.query}" if parts.query and written_out else "")
    found = re.search(r"/(?:___)?(https?:/{1,2}\S+?)(?:___\..*)?$", whole)
    if found:
        return re.sub(r"^(https?:/)(?=[^/])", r"\1/", found[1])
    for piece in reversed(parts.path.split("/")):
        target = _from_base64(unquote(piece))
        if _WEB.match(target):
            return target
    return ""


def _in_json(parts: SplitResult) -> str:
    """Find the address in JSON that stands in base64, as Substack and Mandrill write it."""
    pieces = [*parts.path.split("/")[-2:], *(value for _, value in parse_qsl(parts.query))]
    for piece in pieces:
        text = _from_base64(piece.partition(".")[0])
        for _ in range(2):
            try:
                found = json.loads(text)
            except (ValueError, RecursionError):
                break
            for name in ("e", "url", "href", "u"):
                if isinstance(found, dict) and _WEB.match(str(found.get(name, ""))):
                    return str(found[name])
            text = str(found.get("p", "")) if isinstance(found, dict) else ""
    return ""


def names_recipient(address: str) -> bool:
    """Tell whether a parameter of `address` says to a mailing tool which recipient clicked."""
    parts = _split(address)
    recipients = _table()["marks"]["recipients"]
    return parts is not None and any(
        each.removeprefix("amp;").partition("=")[0].lower() in recipients for each in parts.query.split("&")
    )


def _of_yahoo(parts: SplitResult) -> str:
    found = re.search(r"/RU=([^/]+)", parts.path)
    return unquote(found[1]) if found else ""


def _of_bing(parts: SplitResult) -> str:
    return _from_base64(dict(parse_qsl(parts.query)).get("u", "")[2:])


_READERS: dict[str, Callable[[SplitResult], str]] = {
    "proofpoint-2": _proofpoint_2,
    "proofpoint-3": _proofpoint_3,
    "path": _in_path,
    "json": _in_json,
    "yahoo": _of_yahoo,
    "bing": _of_bing,
}


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads((files("newsletter.sources") / "redirectors.toml").read_text(encoding="utf-8"))


@cache
def _wrappers() -> tuple[_Wrapper, ...]:
    return tuple(
        _Wrapper(
            row["name"],
            re.compile(row["host"]),
            re.compile(row.get("path", "")),
            re.compile(row.get("needs", "")),
            tuple(row.get("parameters", ())),
            _READERS.get(row.get("read", "")),
        )
        for row in _table()["redirector"]
    )


@cache
def _marks() -> frozenset[str]:
    return frozenset(name for names in _table()["marks"].values() for name in names)


def without_trackers(address: str) -> str:
    """Remove the parameters of `address` that tell a tool which recipient clicked; all others stay unchanged."""
    parts = _split(address)
    if parts is None or not parts.query:
        return address
    pieces = parts.query.split("&")
    kept = [each for each in pieces if each.removeprefix("amp;").partition("=")[0].lower() not in _marks()]
    if len(kept) == len(pieces):
        return address
    return urlunsplit(parts._replace(query="&".join(kept)))


_NO_DOMAINS = frozenset("png jpg jpeg gif webp svg avif css js html htm pdf json mp4 webm".split())


def address_in(link: str) -> str:
    """Find a personal email address in the address of a page, where every recipient would see it. Empty if none.

    A handle such as /@ada@social.example, a file that is named for its size and the archive of a public list are none.
    """
    parts = _split(link)
    if parts is None:
        return ""
    if parts.username and "." in (parts.hostname or ""):
        return f"{parts.username}@{parts.hostname}"
    rest = link.split(parts.netloc, 1)[-1]
    for text in _read_through(rest):
        for found in re.finditer(r"(?<![\w.@+-])([\w.+'-]{1,64}@(?:[\w-]{1,63}\.){1,8}[A-Za-z]{2,24})(?![\w-])", text):
            is_handle = text[: found.start()].endswith("@")
            is_file = found[1].rpartition(".")[2].lower() in _NO_DOMAINS or re.search(r"@\d", found[1])
            is_list = re.search(r"/(?:archives/)?lists?/$", text[: found.start()])
            if not (is_handle or is_file or is_list):
                return found[1]
    return ""


def _read_through(text: str) -> Iterator[str]:
    """Yield `text` as it stands, decoded once, decoded twice, and what stands in it as base64."""
    seen = text
    for _ in range(3):
        yield seen
        decoded = unquote(seen)
        if decoded == seen:
            break
        seen = decoded
    for piece in re.findall(r"[A-Za-z0-9_+-]{16,400}", unquote(text)):
        plain = _from_base64(piece)
        if "@" in plain and plain.isprintable():
            yield plain
