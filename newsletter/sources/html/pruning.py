"""Elements taken out of a tree many at a time. In: a tree's elements. Out: the same tree without them.

lxml's own drop_tree and drop_tag move all words beside an element at every call, which takes longer than all else
when there are many; here each parent is put together once.
"""

from collections.abc import Collection, Iterator

from lxml.html import HtmlElement


def prune(gone: Collection[HtmlElement], opened: Collection[HtmlElement] = ()) -> None:
    """Remove `gone` elements with their content, and `opened` ones without it; the words after each of them stay."""
    gone, opened = set(gone), set(opened)
    parents = dict.fromkeys(each.getparent() for each in (*gone, *opened))
    for parent in parents:
        if parent is not None and parent not in gone and parent not in opened:
            _put_together(parent, gone, opened)


def _put_together(parent: HtmlElement, gone: set[HtmlElement], opened: set[HtmlElement]) -> None:
    parts = list(_parts(parent, gone, opened))
    for child in list(parent):
        parent.remove(child)
    words: list[str] = []
    last: HtmlElement | None = None

    def close() -> None:
        if last is None:
            parent.text = "".join(words) or None
        else:
            last.tail = "".join(words) or None
        words.clear()

    for part in parts:
        if isinstance(part, str):
            words.append(part)
        else:
            close()
            last = part
            parent.append(part)
    close()


def _parts(parent: HtmlElement, gone: set[HtmlElement], opened: set[HtmlElement]) -> Iterator[HtmlElement | str]:
    """Yield words and elements that stand in `parent` once `gone` and `opened` are taken out."""
    yield parent.text or ""
    for child in parent:
        if child in opened and child not in gone:
            yield from _parts(child, gone, opened)
        elif child not in gone:
            yield child
        yield child.tail or ""
