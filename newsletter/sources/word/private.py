"""What a Word document holds for its authors only. In: its XML. Out: the same without it, and how much there was.

Comments, tracked deletions and moves, hidden text, and hints such as "Click here to enter text". Formulas become words
on the way, because the library that reads the rest does not know them.
"""

from collections import Counter

from lxml import etree

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_STRICT = b"http://purl.oclc.org/ooxml/wordprocessingml/main"
_M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_MOVED = (f"{_W}moveFrom",)
_COMMENTS = (f"{_W}commentRangeStart", f"{_W}commentRangeEnd", f"{_W}commentReference", f"{_W}annotationRef")
_OFF = ("0", "false", "off", "none")


def hidden_styles(styles: bytes) -> frozenset[str]:
    """List the styles of a document whose text is hidden."""
    return frozenset(
        style.get(f"{_W}styleId", "")
        for style in _parsed(styles).iter(f"{_W}style")
        if any(_is_on(each) for each in style.iterfind(f"{_W}rPr/{_W}vanish"))
    )


def without_private(xml: bytes, hidden: frozenset[str], found: Counter[str]) -> bytes:
    """Take out of one part of a document what is not for its readers, and count it in `found`."""
    root = _parsed(xml)
    for element in list(root.iter(*_COMMENTS)):
        _drop(element)
    for formula in list(root.iter(f"{_M}oMath")):
        found["formula"] += _as_words(formula)
    _drop_tracked(root, found)
    for run in list(root.iter(f"{_W}r")):
        if _is_hidden(run, hidden):
            found["hidden text"] += len("".join(each.text or "" for each in run.iter(f"{_W}t")).split())
            _drop(run)
    for control in list(root.iter(f"{_W}sdt")):
        if control.find(f"{_W}sdtPr/{_W}showingPlcHdr") is not None:
            _drop(control)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def _drop_tracked(root: etree._Element, found: Counter[str]) -> None:
    """Drop deleted rows, deleted words, and words at the place they were moved from."""
    for row in list(root.iter(f"{_W}tr")):
        if row.find(f"{_W}trPr/{_W}del") is not None:
            found["tracked deletion"] += 1
            _drop(row)
    for gone in list(root.iter(f"{_W}del", *_MOVED)):
        parent = gone.getparent()
        if parent is not None and parent.tag not in (f"{_W}rPr", f"{_W}trPr"):
            said = "".join(each.text or "" for each in gone.iter(f"{_W}delText", f"{_W}t")).strip()
            found["tracked deletion"] += bool(said) and gone.tag == f"{_W}del"
            _drop(gone)


def count_of(xml: bytes) -> int:
    """Count the comments of a document."""
    return sum(1 for _ in _parsed(xml).iter(f"{_W}comment"))


def words_of(xml: bytes) -> str:
    """Read the words of a part, such as a header."""
    lines = ("".join(each.text or "" for each in line.iter(f"{_W}t")) for line in _parsed(xml).iter(f"{_W}p"))
    return " ".join(" ".join(lines).split())


def _parsed(xml: bytes) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    return etree.fromstring(xml.replace(_STRICT, _W[1:-1].encode()), parser)


def _is_on(element: etree._Element) -> bool:
    return (element.get(f"{_W}val") or "1").lower() not in _OFF


def _is_hidden(run: etree._Element, hidden: frozenset[str]) -> bool:
    said = run.find(f"{_W}rPr/{_W}vanish")
    if said is not None:
        return _is_on(said)
    if not hidden:
        return False
    paragraph = next(run.iterancestors(f"{_W}p"), None)
    styles = [run.find(f"{_W}rPr/{_W}rStyle")]
    styles += [paragraph.find(f"{_W}pPr/{_W}pStyle")] if paragraph is not None else []
    return any(style is not None and style.get(f"{_W}val") in hidden for style in styles)


def _drop(element: etree._Element) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


_SIGNS = {"f": "/", "sSup": "^", "sSub": "_"}


def _as_words(formula: etree._Element) -> bool:
    """Put a run of words in the place of a formula."""
    words = " ".join(_written(formula).split())
    parent = formula.getparent()
    if parent is None:
        return False
    run = etree.Element(f"{_W}r")
    text = etree.SubElement(run, f"{_W}t")
    text.text = words
    text.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    place = parent if parent.tag == f"{_M}oMathPara" else formula
    above = place.getparent()
    if above is not None:
        above.replace(place, run)
    return bool(words)


def _written(element: etree._Element) -> str:
    name = str(element.tag).removeprefix(_M)
    if name == "t":
        return element.text or ""
    if name == "rad":
        return f"√({' '.join(_written(each) for each in element.iterfind(f'{_M}e'))})"
    parts = [_written(each) for each in element if isinstance(each.tag, str) and str(each.tag).startswith(_M)]
    parts = [part for part in parts if part.strip()]
    if name in _SIGNS and len(parts) == 2:
        return _SIGNS[name].join(part if len(part.split()) == 1 and part.isalnum() else f"({part})" for part in parts)
    return " ".join(parts)
