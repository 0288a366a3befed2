"""Where a source comes from. In: a path, "-" or an address of the web. Out: Material."""

import os
import re
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from newsletter.errors import FetchRefused, SourceError
from newsletter.sources.draft import Draft, Enclosure, Need
from newsletter.sources.fetch import DEFAULT, Limits, fetch
from newsletter.sources.kind import MOST_BYTES_OF_A_BUNDLE
from newsletter.sources.material import Material
from newsletter.sources.pictures import MOST_BYTES, MOST_PICTURES, addresses_in, beyond_limit, renamed

_SUFFIXES = {"image/jpeg": "jpg", "image/png": "png", "image/gif": "gif", "image/webp": "webp"}


def acquire(source: str, limits: Limits = DEFAULT) -> Material:
    """Read `source`. Raises SourceError or FetchRefused."""
    if re.match(r"[a-z][a-z0-9+.-]*://", source, re.IGNORECASE):
        found = fetch(source, limits)
        return Material(source, found.content, found.url, found.charset)
    if source == "-":
        content = sys.stdin.buffer.read(MOST_BYTES_OF_A_BUNDLE + 1)
        return Material("what was pasted", content)
    path = Path(source)
    return Material(source, _from_file(path), beside=_beside(path))


def _beside(path: Path) -> Callable[[str], bytes | None]:
    """Return a function that reads a file which lies beside `path` or in a folder there, and nowhere else."""
    home = path.resolve().parent

    def read(address: str) -> bytes | None:
        try:
            place = os.path.join(home, address.partition("?")[0].partition("#")[0])  # noqa: PTH118  # a page may name very many
            if not os.path.isfile(place):  # noqa: PTH113
                return None
            found = Path(place).resolve()
            return found.read_bytes() if found.is_relative_to(home) and found.stat().st_size <= MOST_BYTES else None
        except (OSError, ValueError):
            return None

    return read


def with_pictures(draft: Draft, limits: Limits = DEFAULT) -> Draft:
    """Fetch the pictures of a draft, to file them beside it. One that fails keeps its address and becomes a need.

    Those that are more than a post keeps stay where they are; one need counts them.
    """
    body, needs, enclosures = draft.body, list(draft.needs), list(draft.enclosures)
    beside = {each.name for each in enclosures}
    named = [each for each in addresses_in(body) if each not in beside]
    wholes = [(each, whole) for each in named if (whole := _whole(draft.base_url, each.replace("&amp;", "&")))]
    remote = [each for each in wholes if urlsplit(each[1]).scheme in ("http", "https")]
    for number, (address, whole) in enumerate(remote[:MOST_PICTURES], start=1):
        try:
            enclosure = _picture(whole, number, limits)
        except FetchRefused as refusal:
            needs.append(Need("image", whole, str(refusal.particulars["why"])))
            continue
        enclosures.append(enclosure)
        body = renamed(body, address, enclosure.name)
    needs += beyond_limit(
        len(remote[MOST_PICTURES:]), "stay where they are on the web; put those that matter beside the post yourself"
    )
    return replace(draft, body=body, needs=tuple(needs), enclosures=tuple(enclosures))


def _whole(base: str, address: str) -> str:
    """Return the whole address; empty if it has a mistake in it, such as http://[, which urllib refuses."""
    try:
        whole = urljoin(base, address)
        urlsplit(whole)
    except ValueError:
        return ""
    return whole


def _from_file(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise SourceError(source=path, why="is a folder. Name one file of it")
        if path.stat().st_size > MOST_BYTES_OF_A_BUNDLE:
            raise SourceError(
                source=path, why=f"is larger than {MOST_BYTES_OF_A_BUNDLE // 1_000_000} MB; that is no post"
            )
        return path.read_bytes()
    except FileNotFoundError:
        raise SourceError(source=path, why="there is no such file") from None
    except (OSError, ValueError) as error:
        raise SourceError(source=path, why=f"cannot be read: {getattr(error, 'strerror', None) or error}") from None


def _picture(address: str, number: int, limits: Limits) -> Enclosure:
    found = fetch(address, limits)
    suffix = _SUFFIXES.get(found.media_type)
    if suffix is None:
        raise FetchRefused(
            url=address, why=f"it is no picture a mail can show, but {found.media_type or 'of no known kind'}"
        )
    stem = re.sub(r"[^a-z0-9]+", "-", Path(urlsplit(address).path).stem.lower()).strip("-")[:40] or "picture"
    return Enclosure(f"{number:02}-{stem}.{suffix}", found.content)
