"""A post while it is written, also before it is saved: its email as a reader sees it, and what the check says.

Nothing is published, sent or written. What keeps the post from becoming an email is a finding like the others.
"""

import base64
from dataclasses import dataclass
from pathlib import Path

from newsletter import preview
from newsletter.app import check, posts
from newsletter.app.posts import Prepared
from newsletter.app.workspace import Workspace
from newsletter.check import findings_in_order, missing_settings
from newsletter.compiler import Finding
from newsletter.errors import PostError
from newsletter.preview import FILES, NOBODY, Preview
from newsletter.publish import kinds


@dataclass(frozen=True)
class LookedAt:
    """A post as it is now: the email that it makes (None: it makes none), and all findings about it."""

    email: Preview | None
    findings: tuple[Finding, ...]

    @property
    def html(self) -> str:
        """The email with its pictures inside, so that it needs nothing else to be shown; empty: there is none."""
        if self.email is None:
            return ""
        html = self.email.led_to(FILES)
        for file in self.email.files:
            kind = kinds.GIVEN_OUT[Path(file.name).suffix].media_type
            html = html.replace(f"{FILES}/{file.name}", f"data:{kind};base64,{base64.b64encode(file.content).decode()}")
        return html


def look_at_draft(workspace: Workspace, path: Path, source: str | None = None) -> LookedAt:
    """Make the email of the post at `path`, whose text is `source` (None: as in the file), and check it offline."""
    lenient = workspace.lenient()
    try:
        post = posts.read(lenient, path, source)
    except PostError as unreadable:
        return LookedAt(None, (check.finding_of(unreadable),))
    email, refusals = check.compiled_or_why(lenient, post)
    found = [*missing_settings(workspace.settings), *check.unknown_topic(workspace, post), *refusals]
    if email is None:
        return LookedAt(None, findings_in_order(found))
    shown = preview.preview(posts.unlogged(lenient, Prepared(post, email)), email, NOBODY)
    return LookedAt(shown, findings_in_order([*found, *email.findings]))
