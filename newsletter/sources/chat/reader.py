"""Messages of a chat become a Draft. In: text exported or copied from WhatsApp or Telegram. Out: what was written.

Names, times and telephone numbers of those who wrote are left out: they wrote to a group, not to a list. What is only a
note of the program (joined, left, media omitted) is left out, too.
"""

import json
import re

from newsletter.errors import SourceError
from newsletter.sources.chat import EVENT, MESSAGE, TELEGRAM
from newsletter.sources.draft import Draft, LeftOut, Need
from newsletter.sources.html.tree import personal_need
from newsletter.sources.markdown import escape
from newsletter.sources.markdown.escape import escape_line_starts
from newsletter.sources.material import Material
from newsletter.sources.redirectors import unwrap_text
from newsletter.sources.words import letters_of

_OMITTED = r"(?:omitted|omis|omitido|weggelaten|weggelassen|ausgeschlossen|pominięto|omesso|oculto)"
_DELETED = re.compile(
    r"[\u200e\U0001f6ab ]*(?:this message (?:was|has been) deleted(?: by .{1,60})?|you deleted this message|"
    r"(?:cafodd y neges (?:hon|yma) ei dileu|dilëwyd y neges (?:hon|yma))(?: gan .{1,60})?|"
    r"(?:rydych (?:chi )?wedi|gwnaethoch (?:chi )?|fe wnaethoch (?:chi )?) ?d?dileu['’]r neges (?:hon|yma)|"
    r"diese nachricht wurde (?:von .{1,60} )?gelöscht|du hast diese nachricht gelöscht|"
    r"(?:se eliminó|se ha eliminado|eliminaste|has eliminado) este mensaje|este mensaje (?:se eliminó|fue eliminado)|"
    r"ce message a été supprimé(?: par .{1,60})?|(?:vous avez|tu as) supprimé ce message)[.!]?",
    re.IGNORECASE,
)
_ATTACHED = re.compile(
    rf"\u200e?(?:<(?:attached: [^>]{{1,120}}|.{{1,40}}{_OMITTED})>|[\w ]{{1,30}} omitted|"
    r"[\w.-]{1,120} \((?:file attached|datei angehängt|fichier joint|archivo adjunto)\))",
    re.IGNORECASE,
)
_EDITED = re.compile(
    r"\s*\u200e?<(?:this message was edited|diese nachricht wurde bearbeitet|ce message a été modifié|"
    r"se editó este mensaje)\.?>\s*$",
    re.IGNORECASE,
)


def read_chat(material: Material) -> Draft:
    """Read messages. Raises SourceError where nothing is left of them."""
    text = material.text()
    messages, events, names = _of_json(text, material) if text.lstrip().startswith("{") else _messages(text)
    left = [LeftOut("line", words) for words in events]
    kept: list[str] = []
    for message in messages:
        words = _EDITED.sub("", message.strip("\u200e\u200f "))
        if _DELETED.fullmatch(words.strip()):
            left.append(LeftOut("deleted message", words.strip("\u200e\U0001f6ab "), counts=False))
        elif _ATTACHED.fullmatch(words.strip()):
            left.append(LeftOut("attachment", words.strip("<>\u200e "), counts=False))
        elif words.strip():
            kept.append(words)
    if not kept:
        raise SourceError(source=material.name, why="holds no words of a post")
    title = _title(kept)
    body, personal = unwrap_text("\n\n".join(map(_written, kept)) + "\n")
    needs = (
        [
            Need(
                "names",
                f"{len(names)} who wrote",
                "left out, with the times; say in the post who says what, if they agree",
            )
        ]
        if names
        else []
    )
    return Draft(
        "chat", title, body, dropped=tuple(left), needs=(*needs, *(personal_need("", each) for each in personal))
    )


def _messages(text: str) -> tuple[list[str], list[str], set[str]]:
    messages: list[list[str]] = []
    events: list[str] = []
    names: set[str] = set()
    for line in text.split("\n"):
        said, telegram = MESSAGE.match(line), TELEGRAM.match(line)
        if said or telegram:
            found = said or telegram
            assert found is not None
            names.add(letters_of(found["name"] or (telegram["other"] if telegram else "")))
            messages.append([found["words"] or ""])
        elif event := EVENT.match(line):
            events.append(" ".join(event["words"].split()))
        elif messages:
            messages[-1].append(line)
    return ["\n".join(message).strip("\n") for message in messages], events, names


def _of_json(text: str, material: Material) -> tuple[list[str], list[str], set[str]]:
    """Read what Telegram exports as result.json."""
    try:
        found = json.loads(text)
        said = [each for each in found["messages"] if isinstance(each, dict)]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise SourceError(source=material.name, why="is JSON, but no export that is known here") from None
    messages, names = [], set()
    for each in said:
        stored = each.get("text")
        pieces = stored if isinstance(stored, list) else [stored]
        words = "".join(str(piece.get("text", "")) if isinstance(piece, dict) else str(piece or "") for piece in pieces)
        if each.get("type", "message") == "message" and words.strip():
            messages.append(words)
            names.add(letters_of(str(each.get("from") or "")))
    return messages, [], names


def _title(kept: list[str]) -> str:
    """Take the first line for the title, if it is short and something follows."""
    first, _, rest = kept[0].partition("\n")
    words = first.strip("*_~ ")
    if not words or len(words) > 100 or (not rest.strip() and len(kept) < 2) or words.endswith((",", ";")):
        return ""
    kept[0] = rest.strip("\n")
    if not kept[0]:
        kept.pop(0)
    return words


def _written(message: str) -> str:
    """Write a message with the signs its program has for bold, italic and struck out."""
    paragraphs = re.split(r"\n[ \t]*\n", message)
    return "\n\n".join(_paragraph(each) for each in paragraphs if each.strip())


def _paragraph(words: str) -> str:
    lines = [line.strip() for line in words.split("\n") if line.strip()]
    is_list = len(lines) > 1 and all(re.match(r"[-•*] \S", line) for line in lines)
    if is_list:
        return "\n".join(f"- {_signs(escape(line[2:]))}" for line in lines)
    return "\\\n".join(escape_line_starts(_signs(escape(line))) for line in lines)


def _signs(line: str) -> str:
    line = re.sub(r"(?<!\w)\\\*(?=\S)([^*\n]{1,300}?)(?<=\S)\\\*(?!\w)", r"**\1**", line)
    line = re.sub(r"(?<!\w)\\_(?=\S)([^_\n]{1,300}?)(?<=\S)\\_(?!\w)", r"*\1*", line)
    return re.sub(r"(?<!\w)~(?=\S)([^~\n]{1,300}?)(?<=\S)~(?!\w)", r"~~\1~~", line)
