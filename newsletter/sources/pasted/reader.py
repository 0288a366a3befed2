"""Pasted text becomes a Draft. In: plain text, as it was copied. Out: paragraphs, headings, lists.

What stands around an article when a whole page is copied (author box, share line, comment form) is left behind
and quoted. A run of paragraphs that open "Item 1.", "Item 2.", … gets those words as headings.
"""

import re
from dataclasses import replace
from itertools import pairwise

from newsletter.errors import SourceError
from newsletter.sources.draft import Draft, LeftOut, Need
from newsletter.sources.furniture import is_byline, is_date, is_junk, is_stop, is_top
from newsletter.sources.html.private import needs_of_private
from newsletter.sources.html.tree import personal_need
from newsletter.sources.mail.quoted import without_quoted
from newsletter.sources.markdown import escape
from newsletter.sources.markdown.escape import escape_line_starts
from newsletter.sources.material import Material
from newsletter.sources.needs import APPENDIX, appendices_without_links, labels_without_links
from newsletter.sources.redirectors import unwrap_text
from newsletter.sources.reviewing import without_notes
from newsletter.sources.signature import signature_of
from newsletter.sources.words import count_of, letters_of

_BULLET = re.compile(r"[-*–]\s+(?=\S)|[•·●▪‣]\s*(?=\S)")
_NUMBER = re.compile(r"(\d{1,3})[.)]\s+(?=\S)")
_RUN_IN = re.compile(r"((?:[^\W\d_][\w’'-]*[ \t]+){1,4}?)(\d{1,3})[ \t]*[.:)–—-][ \t]+(?=\S)")
_MAIL_HEADER = re.compile(r"(From|To|Cc|Date|Sent|Subject|Reply-To|Oddi wrth|At|Pwnc): (.*)")
_WRAPPED = 45  # characters: lines that long go on in the next, if it is not a new paragraph
_ONE_LINE_PARAGRAPH = 110


def read_pasted(material: Material) -> Draft:
    """Read pasted text. Raises SourceError where nothing is left of it."""
    _refuse_data(material)
    text, headers = _without_mail_headers(material.text())
    text, left = without_quoted(text)
    text, found = without_notes(text)
    text, personal = unwrap_text(text)
    draft = read_words(text, material.name, may_have_title="subject" not in headers)
    needs = (*draft.needs, *needs_of_private(found), *(personal_need("", each) for each in personal))
    needs += signature_of(draft.body)
    title = headers.get("subject", "") or draft.title
    return replace(draft, title=title, dropped=(*draft.dropped, *left), needs=needs)


def _refuse_data(material: Material) -> None:
    """Refuse what is no text for readers, though it is made of letters."""
    start = material.start[:200].lstrip()
    if start[:1] in (b"{", b"[") and (
        material.suffix in ("json", "jsonl") or re.match(rb'[\[{]\s*[{"]\s*"?\w+"?\s*[:,]', start)
    ):
        raise SourceError(
            source=material.name,
            why="is data (JSON), and no export that is known here. Add the page or the text itself",
        )
    if material.suffix in ("csv", "tsv"):
        raise SourceError(
            source=material.name, why="is a table (CSV). `newsletter subscribers import` takes lists of people"
        )
    if material.suffix in ("vcf", "ics"):
        raise SourceError(source=material.name, why="is a card or a calendar, and no post. Link to it from a post")


def read_words(text: str, source: str, *, may_have_title: bool = True) -> Draft:
    """Read text that is one post, apart from the words around it on a page. Raises SourceError."""
    blocks = _blocks(_mended(text))
    kept, dropped = _without_page(blocks)
    if not kept:
        raise SourceError(source=source, why="holds no words of a post")
    title = kept.pop(0) if may_have_title and _is_title(kept) else ""
    if title and len(kept) > 1 and letters_of(kept[0]) == letters_of(title):
        kept.pop(0)  # a page repeats its title in its breadcrumb
    needs = [*labels_without_links("\n".join(kept)), *appendices_without_links(kept)]
    body = _written(kept, needs)
    left = tuple(LeftOut("text", " ".join(words.split())) for words in dropped)
    return Draft("pasted text", " ".join(title.split()), body, dropped=left, needs=tuple(needs))


def _mended(text: str) -> str:
    """Join words hyphenated at the end of a printed line; a word that has the hyphen elsewhere in the text keeps it."""

    hyphenated = {found.lower() for found in re.findall(r"\b[^\W\d_]{2,30}-[^\W\d_]{1,31}\b", text)}

    def whole(cut: re.Match[str]) -> str:
        hyphen = "-" if f"{cut[1]}-{cut[2]}".lower() in hyphenated else ""
        return f"{cut[1]}{hyphen}{cut[2]}\n"

    text = re.sub(r"^[ \t]*(page \d{1,3} of \d{1,3})[ \t]*$", r"\n\1\n", text, flags=re.MULTILINE | re.IGNORECASE)
    return re.sub(r"\b([^\W\d_]{2,30})-\n[ \t]*([a-zà-ÿŵŷ][^\W\d_]{0,30})[ \t]?", whole, text)


def _without_mail_headers(text: str) -> tuple[str, dict[str, str]]:
    lines = text.strip().split("\n")
    headers: dict[str, str] = {}
    while lines and (found := _MAIL_HEADER.match(lines[0])):
        name = {"pwnc": "subject"}.get(found[1].lower(), found[1].lower())
        headers[name] = re.sub(r"^(?:(?:Re|Fwd?|Fw|Ymateb|Ymlaen): ?)+", "", found[2], flags=re.IGNORECASE)
        lines.pop(0)
    if len(headers) < 2:
        return text, {}
    return "\n".join(lines), headers


def _blocks(text: str) -> list[str]:
    """Split into paragraphs: at blank lines; at every line where lines are whole paragraphs."""
    blocks = [block.strip("\n") for block in re.split(r"\n[ \t]*(?:\n[ \t]*)+", text) if block.strip()]
    split: list[str] = []
    for block in blocks:
        lines = [line.strip() for line in block.split("\n") if line.strip()]
        split += lines if len(lines) > 1 and max(map(len, lines)) > _ONE_LINE_PARAGRAPH else [block]
    return split


def _without_page(blocks: list[str]) -> tuple[list[str], list[str]]:
    """Separate the article's blocks from the words around it on a page."""
    first = 0
    while first < len(blocks) - 1 and (is_top(blocks[first]) or is_junk(blocks[first])):
        first += 1
    end = _end(blocks)
    idle = [at for at in range(first, end) if is_junk(blocks[at]) or (at - first in (1, 2) and _is_byline(blocks[at]))]
    kept = [blocks[at] for at in range(first, end) if at not in idle]
    return kept, blocks[:first] + [blocks[at] for at in idle] + blocks[end:]


def _is_byline(block: str) -> bool:
    lines = [line for line in block.split("\n") if line.strip()]
    return all(map(is_byline, lines)) and not all(map(is_date, lines))


def _end(blocks: list[str]) -> int:
    """Find where the article ends: at the first sign of a comment form or share line with mostly junk behind it."""
    for at in range(1, len(blocks)):
        if not is_stop(blocks[at]):
            continue
        behind = blocks[at:]
        junk = sum(1 for block in behind if is_junk(block) or is_stop(block) or count_of(block) <= 4)
        if junk * 2 >= len(behind):
            return _before_author_box(blocks, at)
    return len(blocks)


def _before_author_box(blocks: list[str], at: int) -> int:
    """Step back over "About Somebody" and the paragraph about them, which stand right before a comment form."""
    for back in (1, 2):
        if at - back > 0 and re.fullmatch(
            r"(?:About(?: the author)?|Am|Ynghylch)\b[^.!?\n]{0,40}", blocks[at - back].strip()
        ):
            return at - back
    return at


def _is_title(blocks: list[str]) -> bool:
    first = blocks[0].strip()
    return (
        len(blocks) > 1
        and "\n" not in first
        and len(first) <= 160
        and not first.endswith((",", ";"))
        and not _BULLET.match(first)
    )


def _written(blocks: list[str], needs: list[Need]) -> str:
    headed = _run_in_headings(blocks)
    written: list[str] = []
    for at, block in enumerate(blocks):
        if at in headed:
            found = _RUN_IN.match(block)
            assert found is not None
            written += [f"## {escape((found[1] + found[2]).strip())}", _paragraph(block[found.end() :])]
        elif APPENDIX.match(block) and _beside_another(blocks, at):
            written.append(f"- {_paragraph(block)}")
        else:
            written += _block(block)
    return _lists_closed(written)


def _run_in_headings(blocks: list[str]) -> set[int]:
    """Find paragraphs that open with the same words and numbers that count up."""
    found = [
        (at, match[1].strip().lower(), int(match[2]))
        for at, block in enumerate(blocks)
        if (match := _RUN_IN.match(block))
    ]
    headed: set[int] = set()
    for (at, words, number), (next_at, next_words, next_number) in pairwise(found):
        follows = words == next_words and next_number == number + 1
        if follows and not APPENDIX.match(blocks[at]) and len(blocks[at].split()) > 12:
            headed |= {at, next_at}
    return headed


def _beside_another(blocks: list[str], at: int) -> bool:
    return any(0 <= near < len(blocks) and APPENDIX.match(blocks[near]) for near in (at - 1, at + 1))


def _block(block: str) -> list[str]:
    lines = [line.rstrip() for line in block.split("\n") if line.strip()]
    stripped = [line.strip() for line in lines]
    if all(line.startswith(">") for line in stripped):
        inner = _block("\n".join(line[1:].strip() for line in stripped) or " ")
        return ["\n".join(f"> {line}".rstrip() for line in "\n\n".join(inner).split("\n"))]
    if _BULLET.match(stripped[0]) or (_NUMBER.match(stripped[0]) and len(stripped) > 1):
        return [_items(stripped)]
    return [_paragraph(block)]


def _items(lines: list[str]) -> str:
    items: list[str] = []
    for line in lines:
        bullet, number = _BULLET.match(line), _NUMBER.match(line)
        if bullet:
            items.append(f"- {_escaped(line[bullet.end() :])}")
        elif number:
            items.append(f"{number[1]}. {_escaped(line[number.end() :])}")
        else:
            items[-1] += f" {_escaped(line)}"
    return "\n".join(items)


def _paragraph(block: str) -> str:
    """Join lines that an editor wrapped; keep short ones, such as an address or a verse, apart."""
    lines = [" ".join(line.split()) for line in block.split("\n") if line.strip()]
    wrapped = len(lines) > 1 and (all(len(line) >= _WRAPPED for line in lines[:-1]) or _flows(lines))
    return ("\n" if wrapped else "\\\n").join(map(_escaped, lines))


def _flows(lines: list[str]) -> bool:
    """Tell whether most lines go on in the next in the middle of a sentence, as narrow columns do and verses do not."""
    running = sum(1 for line, after in pairwise(lines) if not re.search(r"[.!?:;,]$", line) and after[:1].islower())
    return running * 2 >= len(lines) - 1


def _escaped(line: str) -> str:
    return escape_line_starts(escape(line))


def _lists_closed(blocks: list[str]) -> str:
    """Join blocks; items in a row belong to one list and stand close together."""
    text = ""
    for before, block in zip(["", *blocks], blocks, strict=False):
        close = before.startswith("- ") and block.startswith("- ")
        text += ("\n" if close else "\n\n") + block if text else block
    return text + "\n"
