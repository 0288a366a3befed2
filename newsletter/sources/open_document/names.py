"""The names of an OpenDocument file. In: an element. Out: its name and attributes with short prefixes; its lists."""

from lxml import etree

_SPACES = {
    "urn:oasis:names:tc:opendocument:xmlns:office:1.0": "office",
    "urn:oasis:names:tc:opendocument:xmlns:text:1.0": "text",
    "urn:oasis:names:tc:opendocument:xmlns:style:1.0": "style",
    "urn:oasis:names:tc:opendocument:xmlns:table:1.0": "table",
    "urn:oasis:names:tc:opendocument:xmlns:drawing:1.0": "draw",
    "urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0": "fo",
    "urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0": "svg",
    "http://www.w3.org/1999/xlink": "xlink",
    "http://www.w3.org/1998/Math/MathML": "math",
    "http://purl.org/dc/elements/1.1/": "dc",
}


def element_name(element: etree._Element) -> str:
    """Write the name of an element as `prefix:name`."""
    space, _, name = str(element.tag).removeprefix("{").partition("}")
    return f"{_SPACES.get(space, '')}:{name}"


def attribute_of(element: etree._Element, name: str) -> str:
    """Read the attribute `prefix:name` of an element; empty where it has none."""
    prefix, _, local = name.partition(":")
    space = next(space for space, short in _SPACES.items() if short == prefix)
    return element.get(f"{{{space}}}{local}", "")


def ordered_lists(roots: list[etree._Element]) -> set[tuple[str, int]]:
    """Name every list style and level that is numbered."""
    found: set[tuple[str, int]] = set()
    for root in roots:
        for style in root.iter():
            if element_name(style) != "text:list-style":
                continue
            for level in style:
                number = attribute_of(level, "text:level")
                if (
                    element_name(level) == "text:list-level-style-number"
                    and number.isdigit()
                    and attribute_of(level, "style:num-format")
                ):
                    found.add((attribute_of(style, "style:name"), int(number)))
    return found
