"""Formulas become words. In: a tree with MathML. Out: the same with each formula in one line, as one would type it."""

from lxml.html import HtmlElement

_BOTH = {"mfrac": "/", "msup": "^", "msub": "_", "munder": "_", "mover": "^"}


def write_formulas(root: HtmlElement) -> int:
    """Write every formula of `root` as words; return how many there were. A second copy of a formula is dropped."""
    count = 0
    for formula in list(root.iter("math")):
        if formula.getparent() is None:
            continue
        words = " ".join(_written(formula).split()) or (formula.get("alttext") or "")
        shown = next((each for each in formula.iterancestors() if _shows_formula(each)), formula)
        tail, shown.tail = shown.tail, None
        for child in list(shown):
            shown.remove(child)
        shown.tag, shown.text, shown.tail = "span", words, tail
        shown.attrib.clear()
        count += bool(words)
    return count


def _shows_formula(element: HtmlElement) -> bool:
    names = (element.get("class") or "").split()
    return element.tag == "mjx-container" or bool({"katex", "MathJax"} & set(names))


def _written(element: HtmlElement) -> str:
    tag = str(element.tag).rpartition(":")[2]
    if tag in ("annotation", "annotation-xml") or not isinstance(element.tag, str):
        return ""
    inner = [_written(child) for child in element if isinstance(child.tag, str)]
    inner = [each for each in inner if each.strip()]
    if tag in _BOTH and len(inner) == 2:
        return f"{_grouped(inner[0])}{_BOTH[tag]}{_grouped(inner[1])}"
    if tag in ("msubsup", "munderover") and len(inner) == 3:
        return f"{inner[0]}_{_grouped(inner[1])}^{_grouped(inner[2])}"
    if tag == "msqrt":
        return f"√{_grouped(' '.join(inner))}"
    if tag == "mroot" and len(inner) == 2:
        return f"{_grouped(inner[0])}^(1/{inner[1]})"
    if tag in ("mtr", "mtable"):
        return ("; " if tag == "mtable" else ", ").join(inner)
    return " ".join([(element.text or "").strip(), *inner]).strip()


def _grouped(words: str) -> str:
    return words if len(words.split()) == 1 else f"({words})"
