"""A Ghost export whose posts are kept as HTML alone, as converters write it."""

import json
from collections.abc import Callable

from newsletter.sources import Draft


def test_an_export_with_nothing_but_html_is_read(add: Callable[..., Draft]) -> None:
    post = {
        "id": "1",
        "title": "Pond news",
        "slug": "p",
        "html": "<p>Frogs are <b>back</b>.</p>",
        "status": "published",
    }
    draft = add(json.dumps({"db": [{"meta": {"version": "5.8"}, "data": {"posts": [post]}}]}), "ghost.json")
    assert (draft.kind, draft.title, draft.body) == ("Ghost export", "Pond news", "Frogs are **back**.\n")
