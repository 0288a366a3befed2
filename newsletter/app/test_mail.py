"""A real mail of a post to the organiser's own addresses, marked as a test. Nothing of it is logged."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from newsletter import preview
from newsletter.app import posts
from newsletter.app.workspace import Workspace
from newsletter.compiler import Finding
from newsletter.errors import RelayRefused, RelayUnreachable
from newsletter.policy.reply import Reply


class NoTestUnreachable(RelayUnreachable):
    """Your mail server {relay} cannot be reached: {why}. Not every test was sent."""


class NoTestRefused(RelayRefused):
    """Your mail server {relay} does not accept email from you: {why}. Not every test was sent."""


@dataclass(frozen=True)
class ProofAnswer:
    """What the relay answered about one test mail."""

    address: str
    reply: Reply


def send_test(
    workspace: Workspace, path: Path, addresses: Sequence[str], found: Callable[[Sequence[Finding]], object]
) -> list[ProofAnswer]:
    """Publish the files of the post at `path` and send its mail to `addresses`; return the relay's answers.

    Errors do not block a test: the organiser may want to see what is wrong. `found` gets the findings before the relay
    is called. Raises NoTestUnreachable or NoTestRefused.
    """
    transport = workspace.transport()
    prepared = posts.prepare(workspace, path)
    making = posts.unlogged(workspace, prepared)
    found(prepared.email.findings)
    posts.put_beside(workspace, prepared.email)
    try:
        answers = asyncio.run(preview.send_proofs(making, transport, addresses))
    except RelayUnreachable as error:
        raise NoTestUnreachable(**error.particulars) from error
    except RelayRefused as error:
        raise NoTestRefused(**error.particulars) from error
    return [ProofAnswer(mail.forward_path, reply) for mail, reply in answers]
