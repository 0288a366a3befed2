"""An OpenDocument text becomes a Draft. In: a .odt or .fodt. Out: a post, with its notes and pictures.

Its XML becomes HTML, which is read as any document's. Annotations, tracked deletions and hidden text never get there.
"""

import base64
import re
from collections import Counter
from collections.abc import Callable, Iterator
from html import escape

from lxml import etree

from newsletter.errors import SourceError
from newsletter.sources.archive import ZipArchive
from newsletter.sources.draft import Draft, LeftOut
from newsletter.sources.fragment.reader import read_fragment
from newsletter.sources.html.account import Account
from newsletter.sources.html.private import needs_of_private
from newsletter.sources.html.tree import parse_html
from newsletter.sources.material import Material, nothing
from newsletter.sources.open_document.names import attribute_of, element_name, ordered_lists

_DEEPEST = 100


def read_open_document(material: Material) -> Draft:
    """Read a .odt or .fodt. Raises SourceError for one that is damaged, locked, or far larger than it looks."""
    account = Account()
    beside: Callable[[str], bytes | None] = nothing
    if material.start.startswith(b"PK"):
        archive = ZipArchive(material.content, material.name)
        roots = [
            _parsed(archive.read(name), material) for name in ("styles.xml", "content.xml") if name in archive.names
        ]
        if "content.xml" not in archive.names or _is_locked(archive):
            raise SourceError(source=material.name, why="is damaged or locked with a password")
        beside = archive.read_if_whole
    else:
        roots = [_parsed(material.content, material)]
    writer = _Writer(roots, beside)
    html = "".join(writer.written(_body(roots[-1], material)))
    if not re.sub(r"<[^>]*>|\s", "", html) and "<img" not in html:
        raise SourceError(source=material.name, why="holds no words")
    account.needs += needs_of_private(writer.private)
    for words in _around(roots[0]) if len(roots) > 1 else ():
        account.words(words, "header or footer of the page")
    account.left += [LeftOut("object", name, counts=False) for name in writer.unread]
    return read_fragment(parse_html(f"<div>{html}</div>", material.name), "OpenDocument text", "", account=account)


def _is_locked(archive: ZipArchive) -> bool:
    return "META-INF/manifest.xml" in archive.names and b"encryption-data" in archive.read("META-INF/manifest.xml")


def _parsed(xml: bytes, material: Material) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(xml, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise SourceError(source=material.name, why=f"cannot be read as an OpenDocument text: {error}") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise SourceError(source=material.name, why="declares entities, which no office program does")
    return root


def _body(root: etree._Element, material: Material) -> etree._Element:
    found = next((each for each in root.iter() if element_name(each) == "office:text"), None)
    if found is None:
        raise SourceError(
            source=material.name, why="is an OpenDocument file, but no text. Copy its words, or link to it from a post"
        )
    return found


def _around(styles: etree._Element) -> Iterator[str]:
    for each in styles.iter():
        if element_name(each) in ("style:header", "style:footer"):
            yield " ".join("".join(map(str, each.itertext())).split())


_BLOCKS = {"text:section": "div", "text:list-item": "li", "text:list-header": "li", "table:table-row": "tr"}
_SIGNS = {"text:s": " ", "text:tab": " ", "text:line-break": "<br>"}  # because Markdown has no wider space
_NEVER = frozenset(
    "text:tracked-changes text:sequence-decls text:table-of-content text:alphabetical-index text:illustration-index "
    "office:forms text:user-field-decls text:variable-decls svg:desc svg:title text:bookmark-ref-x".split()
)
_HIDDEN = ("text:hidden-text", "text:hidden-paragraph", "text:conditional-text")


class _Writer:
    """Writes what a document holds as HTML, and counts what it must not write."""

    def __init__(self, roots: list[etree._Element], beside: Callable[[str], bytes | None]) -> None:
        self._beside = beside
        self._styles = {
            attribute_of(each, "style:name"): each
            for root in roots
            for each in root.iter()
            if element_name(each) == "style:style"
        }
        self._ordered = ordered_lists(roots)
        self._notes: list[str] = []
        self.private: Counter[str] = Counter(comment=0)
        self.unread: list[str] = []
        for root in roots:
            self.private["tracked deletion"] += sum(1 for each in root.iter() if element_name(each) == "text:deletion")

    def written(self, body: etree._Element) -> Iterator[str]:
        """Write the body, and its notes after it."""
        yield from self._inside(body, 0, "")
        yield from self._notes

    def _inside(self, element: etree._Element, depth: int, lists: str) -> Iterator[str]:
        if depth > _DEEPEST:
            raise RecursionError
        yield escape(element.text or "")
        for child in element:
            if isinstance(child.tag, str):
                yield from self._element(child, depth + 1, lists)
            yield escape(child.tail or "")

    def _element(self, element: etree._Element, depth: int, lists: str) -> Iterator[str]:
        name = element_name(element)
        if name == "office:annotation":
            self.private["comment"] += 1
        elif name in _HIDDEN or self._is_hidden(element):
            self.private["hidden text"] += len("".join(map(str, element.itertext())).split())
        elif name in _NEVER or name == "office:annotation-end":
            return
        elif name in ("text:p", "text:h"):
            yield from self._paragraph(element, depth, lists)
        elif name == "text:span":
            style = self._look(attribute_of(element, "text:style-name"))
            yield from self._around(f'<span style="{style}">', element, "</span>", depth, lists)
        elif name == "text:list":
            yield from self._list(element, depth, lists)
        elif name in _BLOCKS:
            yield from self._around(f"<{_BLOCKS[name]}>", element, f"</{_BLOCKS[name]}>", depth, lists)
        else:
            yield from self._other(name, element, depth, lists)

    def _other(self, name: str, element: etree._Element, depth: int, lists: str) -> Iterator[str]:
        if name == "text:a":
            yield from self._around(
                f'<a href="{escape(attribute_of(element, "xlink:href"))}">', element, "</a>", depth, lists
            )
        elif name in _SIGNS:
            yield _SIGNS[name]
        elif name == "text:note":
            yield from self._note(element, depth)
        elif name == "table:table":
            yield from self._around("<table>", element, "</table>", depth, lists)
        elif name in ("table:table-cell", "table:covered-table-cell"):
            yield from self._cell(element, depth, lists)
        elif name == "draw:image":
            yield self._image(element)
        elif name in ("draw:object", "draw:object-ole", "draw:plugin"):
            yield from self._object(element)
        else:
            yield from self._inside(element, depth, lists)

    def _around(self, opened: str, element: etree._Element, closed: str, depth: int, lists: str) -> Iterator[str]:
        yield opened
        yield from self._inside(element, depth, lists)
        yield closed

    def _paragraph(self, element: etree._Element, depth: int, lists: str) -> Iterator[str]:
        style = attribute_of(element, "text:style-name")
        families = self._family(style)
        if element_name(element) == "text:h":
            level = attribute_of(element, "text:outline-level")
            tag = f"h{min(int(level), 6)}" if level.isdigit() and level != "0" else "h2"
        elif "Title" in families:
            tag = "h1"
        elif "Quotations" in families:
            tag = "blockquote"
        else:
            tag = "p"
        look = self._look(style) if tag == "p" else ""
        inner = "".join(self._inside(element, depth, lists))
        yield f'<{tag}><span style="{look}">{inner}</span></{tag}>' if look else f"<{tag}>{inner}</{tag}>"

    def _list(self, element: etree._Element, depth: int, lists: str) -> Iterator[str]:
        lists = attribute_of(element, "text:style-name") or lists
        level = sum(1 for each in element.iterancestors() if element_name(each) == "text:list") + 1
        tag = "ol" if (lists, level) in self._ordered else "ul"
        yield from self._around(f"<{tag}>", element, f"</{tag}>", depth, lists)

    def _note(self, element: etree._Element, depth: int) -> Iterator[str]:
        number = len(self._notes) + 1
        body = next((each for each in element if element_name(each) == "text:note-body"), None)
        if body is not None:
            self._notes.append("")
            inner = "".join(self._inside(body, depth, ""))
            self._notes[number - 1] = (
                f'<div class="footnote" id="fn{number}"><a href="#fnref{number}">{number}</a>{inner}</div>'
            )
            yield f'<sup><a id="fnref{number}" href="#fn{number}">{number}</a></sup>'

    def _cell(self, element: etree._Element, depth: int, lists: str) -> Iterator[str]:
        if element_name(element) == "table:covered-table-cell":
            return
        headed = any(element_name(each) == "table:table-header-rows" for each in element.iterancestors())
        spans = "".join(
            f' {html}="{value}"'
            for html, odf in (("colspan", "table:number-columns-spanned"), ("rowspan", "table:number-rows-spanned"))
            if (value := attribute_of(element, odf)).isdigit() and value != "1"
        )
        tag = "th" if headed else "td"
        yield from self._around(f"<{tag}{spans}>", element, f"</{tag}>", depth, lists)

    def _image(self, element: etree._Element) -> str:
        frame = element.getparent()
        told = [
            each.text or ""
            for each in (frame if frame is not None else ())
            if element_name(each) in ("svg:desc", "svg:title")
        ]
        address = attribute_of(element, "xlink:href")
        data = next((each.text or "" for each in element if element_name(each) == "office:binary-data"), "")
        content = self._beside(address.removeprefix("./")) if address else None
        if content is not None:
            data = base64.b64encode(content).decode()
        kind = "jpeg" if data.startswith("/9j/") else "gif" if data.startswith("R0lG") else "png"
        is_shown = data.startswith(("/9j/", "R0lG", "iVBOR"))
        if not is_shown:
            self.unread.append(address or "a picture of another kind")
            return ""
        return f'<img src="data:image/{kind};base64,{"".join(data.split())}" alt="{escape(" ".join(told[:1]))}">'

    def _object(self, element: etree._Element) -> Iterator[str]:
        """Write a formula, which is a document of its own; name anything else."""
        address = attribute_of(element, "xlink:href").removeprefix("./")
        inner = self._beside(f"{address}/content.xml") if address else None
        root = None
        if inner is not None and b"<!DOCTYPE" not in inner[:400] and b"MathML" in inner:
            root = etree.fromstring(inner, etree.XMLParser(resolve_entities=False, no_network=True, recover=True))
        root = root if root is not None else next((each for each in element if element_name(each) == "math:math"), None)
        if root is None:
            self.unread.append(address or "an object")
            return
        for each in root.iter():
            if isinstance(each.tag, str):
                each.tag = etree.QName(each).localname
        etree.cleanup_namespaces(root)
        root.tail = None
        yield etree.tostring(root, encoding="unicode")

    def _is_hidden(self, element: etree._Element) -> bool:
        if attribute_of(element, "text:display") in ("none", "condition") and element_name(element) == "text:section":
            return True
        return any(
            attribute_of(each, "text:display") == "none"
            for each in self._properties(attribute_of(element, "text:style-name"))
        )

    def _family(self, style: str) -> list[str]:
        names: list[str] = []
        while style and style not in names and len(names) < 20:
            names.append(style)
            found = self._styles.get(style)
            style = attribute_of(found, "style:parent-style-name") if found is not None else ""
        return names

    def _properties(self, style: str) -> list[etree._Element]:
        found = [self._styles[name] for name in self._family(style) if name in self._styles]
        return [each for one in reversed(found) for each in one if element_name(each) == "style:text-properties"]

    def _look(self, style: str) -> str:
        css: list[str] = []
        for each in self._properties(style):
            for name, odf in (("font-weight", "fo:font-weight"), ("font-style", "fo:font-style")):
                css += [f"{name}:{value}"] if (value := attribute_of(each, odf)) else []
            struck = attribute_of(each, "style:text-line-through-style")
            css += [f"text-decoration:{'none' if struck == 'none' else 'line-through'}"] if struck else []
            place = attribute_of(each, "style:text-position").partition(" ")[0]
            css += [f"vertical-align:{place}"] if place in ("super", "sub") else []
        return escape(";".join(css))
