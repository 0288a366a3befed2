"""What a document's own style sheet says of its classes. In: a tree with <style>. Out: the same, said by each element.

Google Docs and office programs write c0, c1, … and say in a style sheet what is bold, struck out or hidden. Only plain
rules for one class or one element with a class are read: no page is laid out here.
"""

import re

from lxml.html import HtmlElement

_SELECTOR = re.compile(r"\s*([a-z][a-z0-9]*)?\.([\w-]+)\s*$", re.IGNORECASE)
_SAID = re.compile(
    r"(?:font-weight|font-style|text-decoration(?:-line)?|vertical-align|display|visibility|mso-hide)\s*:\s*[^;]+",
    re.IGNORECASE,
)
_MOST_CSS = 1_000_000
_MOST_OF_A_RULE = 4_000


def say_by_element(root: HtmlElement) -> None:
    """Write what classes mean into the style of each element; the element's own style takes precedence."""
    css = "\n".join(style.text or "" for style in root.iter("style"))[:_MOST_CSS]
    css = re.sub(r"/\*.*?(?:\*/|\Z)|<!--|-->|@import[^;]*(?:;|\Z)", "", css, flags=re.DOTALL)
    css = re.sub(r"@media[^{]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}", "", css)
    rules: dict[str, list[tuple[str, str]]] = {}
    for rule in css.split("}"):
        selectors, _, declarations = rule.rpartition("{")
        said = ";".join(_SAID.findall(declarations[:_MOST_OF_A_RULE]))
        for selector in selectors.rpartition("{")[2].split(",") if said else ():
            found = _SELECTOR.match(selector)
            if found:
                rules.setdefault(found[2], []).append(((found[1] or "").lower(), said))
    if not rules:
        return
    for element in root.iter():
        if isinstance(element.tag, str) and element.get("class"):
            _say(element, rules)


def _say(element: HtmlElement, rules: dict[str, list[tuple[str, str]]]) -> None:
    said = [
        words
        for name in (element.get("class") or "").split()
        for tag, words in rules.get(name, ())
        if tag in ("", element.tag)
    ]
    if said:
        element.set("style", ";".join([*said, element.get("style") or ""]))
