"""Posts checked before a send. In: their paths. Out: for each, its findings, and whether a send would refuse it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from newsletter.app import posts
from newsletter.app.posts import PostRefused, Prepared
from newsletter.app.workspace import Workspace
from newsletter.check import findings_in_order, missing_settings, read_for_check
from newsletter.check.spam import spam_finding
from newsletter.compiler import CompiledEmail, Finding, Severity
from newsletter.database.engine import reading
from newsletter.errors import CompileError, PostError, UnknownMergeTag
from newsletter.post import Post
from newsletter.preview import NOBODY
from subscribers import topics
from subscribers.errors import Explained, UnknownTopic


@dataclass(frozen=True)
class Depth:
    """How much a check looks at, and what it refuses."""

    online: bool = True
    """Whether to try links and fetch pictures, which takes its time."""
    spam: bool = True
    """Whether to ask SpamAssassin."""
    spam_notes: bool = False
    """Whether to report also that SpamAssassin has no objection, or is not installed."""
    strict: bool = False
    """Whether to refuse warnings, too."""


@dataclass(frozen=True)
class Checked:
    """The findings about one post, in the order of its lines; `refusal` says whether they block a send."""

    path: Path
    findings: tuple[Finding, ...]
    refusal: PostRefused | None


def check(workspace: Workspace, paths: Sequence[Path], depth: Depth) -> Iterator[Checked]:
    """Check the posts at `paths`, one after the other. A post that cannot be read becomes a finding of it.

    Raises PostError if the only post cannot be read.
    """
    for path in paths:
        try:
            findings = _findings(workspace, posts.read(workspace, path), depth)
        except PostError as unreadable:
            if len(paths) == 1:
                raise
            findings = (finding_of(unreadable),)
        yield Checked(path, findings, _refusal(path, findings, depth.strict))


def _refusal(path: Path, findings: Sequence[Finding], strict: bool) -> PostRefused | None:
    try:
        posts.refuse(path, findings, strict)
    except PostRefused as refusal:
        return refusal
    return None


def _findings(workspace: Workspace, post: Post, depth: Depth) -> tuple[Finding, ...]:
    lenient = workspace.lenient()
    email, refusals = compiled_or_why(lenient, post)
    found = [*missing_settings(workspace.settings), *unknown_topic(workspace, post), *refusals]
    if email is None:
        return findings_in_order(found)
    found += email.findings
    if depth.spam and not refusals:
        said = spam_finding(posts.unlogged(lenient, Prepared(post, email)).build(NOBODY).content)
        found += [said] if depth.spam_notes or said.severity is not Severity.NOTE else []
    if depth.online:
        # Imported only here, because it loads everything that fetching needs.
        from newsletter.check.online import online_findings

        to_come = [file.address for file in email.published if not (workspace.published / file.name).is_file()]
        found += online_findings(read_for_check(post), email, spared=to_come)
    return findings_in_order(found)


def compiled_or_why(workspace: Workspace, post: Post) -> tuple[CompiledEmail | None, list[Finding]]:
    """Compile a post, and name every merge tag that nothing fills: the compiler alone stops at the first of them."""
    refusals: list[Finding] = []
    unfilled: frozenset[str] = frozenset()
    while True:
        try:
            return posts.compiled(workspace, post, unfilled), refusals
        except UnknownMergeTag as unknown:
            refusals.append(finding_of(unknown))
            unfilled |= {str(unknown.particulars["tag"])}
        except (PostError, CompileError) as refusal:
            return None, [*refusals, finding_of(refusal)]


def finding_of(refusal: Explained) -> Finding:
    """Make what keeps a post from becoming an email one of the findings about it."""
    line = refusal.particulars.get("line")
    return Finding(Severity.ERROR, str(refusal), line if isinstance(line, int) else None)


def unknown_topic(workspace: Workspace, post: Post) -> list[Finding]:
    """Make it an error that a post names a topic that there is not."""
    if not post.topic:
        return []
    with reading(workspace.engine) as connection:
        try:
            topics.find(connection, post.topic)
        except UnknownTopic as unknown:
            return [Finding(Severity.ERROR, str(unknown))]
    return []
