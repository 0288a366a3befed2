"""A post of the organiser, read, compiled and checked. In: its path. Out: the post and its mail, with all findings.

Errors block a send. The rule stands here, in `refuse`, and every use case that gives a post to readers calls it.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from newsletter import preview
from newsletter.app.workspace import Workspace
from newsletter.check import examine, findings_in_order, missing_address, without_pages
from newsletter.compiler import CompiledEmail, Finding, Furniture, Severity, compile_post
from newsletter.database.engine import reading
from newsletter.errors import ActionRefused
from newsletter.message import MessageBuilder
from newsletter.message.dkim import dkim_signer
from newsletter.post import Post, read_post
from newsletter.publish import Beside, Published, shelf
from newsletter.runtime.clock import now
from subscribers.audience import field_names


class PostRefused(ActionRefused):
    """{path} has {counted}. Fix {them}, then run `newsletter check {path}` again."""

    findings: tuple[Finding, ...] = ()
    """All findings about the post: the errors, and what else the check has found."""


class OnlyOneLanguage(ActionRefused):
    """{path} is not in two languages, so --only {language} means nothing. Leave it out, or write the other half beside
    it: NAME.cy.md and NAME.en.md."""


@dataclass(frozen=True)
class Prepared:
    """A post and its mail. The findings about both are `email.findings`; errors are among them until `refuse` ran."""

    post: Post
    email: CompiledEmail


def read(workspace: Workspace, path: Path, source: str | None = None) -> Post:
    """Read the post at `path`; `source`: its text, where the file does not have it yet. Raises PostError."""
    return read_post(path, workspace.settings.language, workspace.settings.theme, source)


def half_of(post: Post, language: str, because: str) -> Post:
    """Return one half of `post`, to be sent without the other, for the reason `because`. Raises OnlyOneLanguage."""
    half = next((each for each in post.halves if each.language.lower().partition("-")[0] == language), None)
    if half is None:
        raise OnlyOneLanguage(path=post.path, language=language)
    return replace(half, only_because=because)


def prepare(workspace: Workspace, path: Path) -> Prepared:
    """Read, compile and check the post at `path`. Raises PostError, CompileError or UnknownMergeTag."""
    post = read(workspace, path)
    return Prepared(post, compiled(workspace, post))


def compiled(workspace: Workspace, post: Post, spared: frozenset[str] = frozenset()) -> CompiledEmail:
    """Compile `post` and check it; as merge tags it may use the fields that subscribers have, and `spared`."""
    fields = spared
    if post.merge:
        with reading(workspace.engine) as connection:
            fields |= field_names(connection)
    said = workspace.settings
    furniture = _furniture(workspace, post)
    beside = Beside(post.path.parent, said.files_address, post.language, (workspace.published,))
    email = compile_post(post, furniture, workspace.templates, fields, beside)
    where = (*missing_address(said, email), *without_pages(said, email))
    return replace(email, findings=findings_in_order([*examine(post, email), *where]))


def _furniture(workspace: Workspace, post: Post) -> Furniture:
    said = workspace.settings
    return Furniture(
        said.organisation_in(post.language),
        said.postal_address,
        bool(said.base_url),
        said.website,
        said.registration,
        said.privacy_url,
        said.organisation_in(post.halves[1].language) if post.halves else "",
    )


def refuse(path: Path, findings: Iterable[Finding], strict: bool = False) -> None:
    """Raise PostRefused if there are errors, which must not reach a reader; with `strict`, also for warnings."""
    found = tuple(findings)
    counts = Counter(finding.severity for finding in found)
    grave = (Severity.ERROR, Severity.WARNING) if strict else (Severity.ERROR,)
    counted = [f"{counts[each]} {each}{'' if counts[each] == 1 else 's'}" for each in grave if counts[each]]
    if counted:
        them = "it" if sum(counts[each] for each in grave) == 1 else "them"
        refusal = PostRefused(path=path, counted=" and ".join(counted), them=them)
        refusal.findings = found
        raise refusal


def put_beside(workspace: Workspace, email: CompiledEmail, folder: Path | None = None) -> list[Path]:
    """Write the files that `email` links to into `folder`, or where `serve` serves them; return their paths.

    Raises CannotPublish. A file that is there already stays as it is.
    """
    return shelf.put(folder or workspace.published, ((file.name, file.content) for file in email.published))


def publish(workspace: Workspace, path: Path, folder: Path | None = None) -> list[tuple[Published, Path]]:
    """Publish the pictures and documents beside the post at `path`; return each with the file it was written to.

    Raises PostRefused, CannotPublish, and SettingsError where no setting says at which address files are served.
    """
    if not workspace.settings.files_address:
        workspace.settings.require("base_url")
    post = read(workspace, path)
    email = compiled(workspace.lenient(), post)
    refuse(path, email.findings)
    return list(zip(email.published, put_beside(workspace, email, folder), strict=True))


def unlogged(workspace: Workspace, prepared: Prepared) -> MessageBuilder:
    """Return a builder for the mails of a post that are not logged: previews and tests."""
    issue = preview.unfrozen(prepared.post, prepared.email, workspace.letterhead(), now())
    return preview.builder(issue, workspace.settings.secret_keys, dkim_signer(workspace.settings, issue.frozen_at))
