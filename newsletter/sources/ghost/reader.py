"""A post of a Ghost export becomes a Draft. In: the JSON of Settings → Export. Out: one post or page of it.

Posts that are published come newest first; a title chooses among all posts and pages. Members are in another file.
"""

import json
import re
from dataclasses import replace
from typing import Any

from newsletter.errors import SourceError
from newsletter.sources.choice import Choice
from newsletter.sources.draft import Draft, Need, quoted
from newsletter.sources.fragment.reader import read_fragment
from newsletter.sources.html.tree import parse_html
from newsletter.sources.material import Material


def read_ghost(material: Material, choice: Choice) -> Draft:
    """Read the post that `choice` names, the newest published one by default. Raises SourceError."""
    data = _data(material)
    posts = [
        post
        for post in data.get("posts", [])
        if isinstance(post, dict) and (_said(post, "html") or _said(post, "plaintext"))
    ]
    if choice.is_open or choice.number:
        posts = [post for post in posts if _said(post, "status") in ("published", "sent", "")] or posts
    if not posts:
        raise SourceError(
            source=material.name,
            why="holds no post with its HTML. Export it again from Ghost, or add the address of the page",
        )
    posts.sort(key=lambda post: _said(post, "published_at") or _said(post, "updated_at"), reverse=True)
    return _draft(choice.among(posts, lambda post: _said(post, "title"), material.name), data, material)


def _data(material: Material) -> dict[str, Any]:
    try:
        found: Any = json.loads(material.text())
    except (ValueError, RecursionError) as error:
        raise SourceError(source=material.name, why=f"cannot be read as a Ghost export: {error}") from None
    for _ in range(3):
        if isinstance(found, list):
            found = found[0] if found else {}
        found = found.get("db", found.get("data", found)) if isinstance(found, dict) and "posts" not in found else found
    if not isinstance(found, dict) or not isinstance(found.get("posts"), list):
        raise SourceError(source=material.name, why="is no Ghost export with posts")
    return found


def _said(post: dict[str, Any], name: str) -> str:
    value = post.get(name)
    return value if isinstance(value, str) else ""


def _draft(post: dict[str, Any], data: dict[str, Any], material: Material) -> Draft:
    html = _said(post, "html") or "".join(f"<p>{line}</p>" for line in _said(post, "plaintext").split("\n\n"))
    html = html.replace("__GHOST_URL__", material.url.rstrip("/"))
    public, marker, _ = html.partition("<!--members-only-->")
    facts = {"author": _author(post, data), "date": _said(post, "published_at")[:10]}
    title = " ".join(_said(post, "title").split())
    draft = read_fragment(parse_html(f"<div>{html}</div>", material.name), "Ghost export", material.url, title, facts)
    needs = list(draft.needs)
    if marker or _said(post, "visibility") not in ("public", ""):
        below = quoted(re.sub(r"<[^>]*>", " ", public)[-80:]) if marker else title
        remedy = "what stands below it was for members only; see whether everybody should read it"
        needs.append(Need("paywall", below, remedy))
    image = _said(post, "feature_image").replace("__GHOST_URL__", material.url.rstrip("/"))
    excerpt = _said(post, "custom_excerpt")
    return replace(draft, needs=tuple(needs), image=image, preheader=quoted(excerpt, 140))


def _author(post: dict[str, Any], data: dict[str, Any]) -> str:
    links = [
        each
        for each in data.get("posts_authors", [])
        if isinstance(each, dict) and each.get("post_id") == post.get("id")
    ]
    wanted = [each.get("author_id") for each in links] or [post.get("author_id")]
    users = [each for each in data.get("users", []) if isinstance(each, dict) and each.get("id") in wanted]
    return ", ".join(filter(None, (_said(user, "name") for user in users)))
