"""Reads in a letter about a failure what it says about each address."""

from newsletter.bounces.parse.addresses import failed_addresses
from newsletter.bounces.parse.delivery_status import RecipientStatus, recipient_statuses
from newsletter.bounces.parse.diagnosis import Symptom, diagnose, stage_of
from newsletter.bounces.parse.kinds import Report
from newsletter.bounces.parse.letter import Letter
from newsletter.bounces.parse.phrases import is_full_or_off, meant
from newsletter.bounces.parse.prose import addresses, answer_in, is_late, paragraph_about

MOST_SHOWN = 300


def reports(letter: Letter, prose: str, mail: bytes) -> tuple[Report, ...]:
    """Read what the letter says about each address; without any address, one Report with an empty one.

    Returns no report if the machine-readable part tells of no failure.
    """
    told = recipient_statuses(letter)
    failed = [status for status in told if not status.action.startswith(_WENT_WELL)]
    if told and not failed:
        return ()
    if failed:
        others = [status.address for status in failed]
        return tuple(_of_status(status, prose, others) for status in failed)
    named = addresses(prose) or failed_addresses(mail)
    return tuple(_of_prose(letter, prose, address, named) for address in named or [""])


_WENT_WELL = ("deliver", "relayed", "expanded")
"""How the actions that mean success begin (RFC 3464 §2.3.3); some servers invent other actions, for failures."""


def _of_status(status: RecipientStatus, prose: str, others: list[str]) -> Report:
    about = paragraph_about(prose, status.address, others) if len(others) > 1 else prose
    telling = meant(status.diagnostic) or (status.diagnostic and not meant(answer_in(about)))
    text = status.diagnostic if telling else f"{status.diagnostic}\n{_telling(about)}".strip()
    found = diagnose(Symptom(status.status, text, stage_of(about), bool(status.diagnostic), not status.diagnostic))
    final = status.action != "delayed" and not (not status.action and is_late(prose))
    return Report(status.address, found.reason, found.status, _shown(text), final, found.coded)


def _of_prose(letter: Letter, prose: str, address: str, others: list[str]) -> Report:
    about = paragraph_about(prose, address, others) if len(others) > 1 else prose
    text = _telling(about)
    found = diagnose(Symptom("", text, stage_of(about)))
    final = not (is_late(prose) or is_late(letter.words("subject")))
    return Report(address, found.reason, found.status, _shown(text), final, found.coded)


def _telling(about: str) -> str:
    """Return the server's answer, or all of `about` if it says that the mailbox is full or switched off."""
    return about if is_full_or_off(about) else answer_in(about)


def _shown(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= MOST_SHOWN else words[: MOST_SHOWN - 1] + "…"
