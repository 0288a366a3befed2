"""What `init` asks in a terminal. In: the settings there are. Out: the organiser's answers, by setting."""

import re
from collections.abc import Callable, Mapping
from dataclasses import fields
from email.utils import quote
from typing import Any

import click

from newsletter.cli.printing import say
from newsletter.doctor.relays import PRESETS
from newsletter.settings import Security, Settings

PRESET = "Service or mail server that sends your email"
WHO = {
    "organisation": "Name of your organisation (in every footer)",
    "postal_address": "Postal address (in every footer)",
}
FROM = "Address that your emails come from, like news@example.org"
SENDER = "Name of the sender"
PAGES = "Public address of the pages, like https://news.example.org (empty: people unsubscribe by email)"
RELAY = {
    "smtp_host": "Your mail server, like smtp.example.org",
    "smtp_security": "Its security: starttls, tls or none",
    "smtp_username": "Login at the mail server (empty: none)",
}
_SPECIAL = re.compile(r'[][()<>@,:;."\\]')
"""Characters for which the name of a sender must be quoted (RFC 5322, section 3.2.3)."""
AFTER_LOGIN = "Its password (not shown)"


def ask(settings: Settings, known: Mapping[str, str]) -> dict[str, str]:
    """Ask for each setting that is neither set nor `known`, the service that sends first; return the answers.

    A question that is left open is not among them.
    """
    answers = dict(known)
    wants_relay = not settings.smtp_host
    missing = [name for name in (*WHO, "from_", "base_url") if not getattr(settings, name)]
    if not missing and not wants_relay:
        return {}
    say("Enter leaves a question open; .env can be filled in later.")
    if wants_relay and "smtp_host" not in known:
        answers |= _preset()
    for name in (name for name in WHO if name in missing):
        answers[name] = _answer(name, WHO[name])
    if "from_" in missing:
        answers["from_"] = _sender(answers.get("organisation") or settings.organisation)
    if "base_url" in missing:
        answers["base_url"] = _answer("base_url", PAGES)
    if wants_relay:
        answers |= _relay(answers)
    return {name: answer for name, answer in answers.items() if answer and name not in known}


def _preset() -> dict[str, str]:
    say(f"Known services: {', '.join(sorted(PRESETS))}.")
    chosen = _prompt(PRESET, _known_preset)
    return dict(PRESETS[chosen].settings) if chosen else {}


def _known_preset(text: str) -> str:
    name = re.sub(r"[\s_]+", "-", text.strip().lower())
    found = [slug for slug in PRESETS if slug == name] or [slug for slug in PRESETS if name and slug.startswith(name)]
    if name and len(found) != 1:
        raise click.UsageError(f"{text.strip()!r} is none of these. Enter goes on without one.")
    return found[0] if name else ""


def _sender(organisation: str) -> str:
    """Ask for the address, and unless a name was typed with it, for the sender's name, with one to accept."""
    address = _answer("from_", FROM)
    if not address or "<" in address:
        return address
    name = _prompt(SENDER, str.strip, organisation)
    return f'"{quote(name)}" <{address}>' if _SPECIAL.search(name) else f"{name} <{address}>"


def _relay(known: Mapping[str, str]) -> dict[str, str]:
    answers = {} if "smtp_host" in known else {"smtp_host": _answer("smtp_host", RELAY["smtp_host"])}
    if answers.get("smtp_host") == "":
        return {}  # there is none yet, so it has no login either
    answers |= {name: _answer(name, RELAY[name]) for name in RELAY if name not in {*known, *answers}}
    if answers.get("smtp_username"):
        answers["smtp_password"] = click.prompt(AFTER_LOGIN, hide_input=True, err=True, default="", show_default=False)
    return answers


def _answer(name: str, question: str) -> str:
    return _prompt(question, _reader(name), str(Security.STARTTLS) if name == "smtp_security" else "")


def _prompt(question: str, read: Callable[[str], str], default: str = "") -> str:
    return str(click.prompt(question, default=default, show_default=bool(default), err=True, value_proc=read))


def _reader(name: str) -> Callable[[str], str]:
    read: Callable[[str], Any] = next(each.metadata["read"] for each in fields(Settings) if each.name == name)

    def check(text: str) -> str:
        try:
            if text.strip():
                read(text.strip())
        except ValueError as error:
            raise click.UsageError(str(error)) from None  # the prompt says it and asks again
        return text.strip()

    return check
