"""How a setting is declared: what it is for, what it is when unset, how its text is read, whether it is a secret."""

from collections.abc import Callable
from dataclasses import field
from typing import Any


def setting(
    help: str,
    default: Any,
    read: Callable[[str], Any] = str,
    example: str = "",
    secret: bool = False,
    holds_secret: bool = False,
    by_language: bool = False,
) -> Any:
    """Declare a setting: what it is for, what it is when unset, how its text is read (ValueError: what is wrong).

    `by_language`: its name ends in XX, for which the code of a language stands; its value is pairs of code and text.
    """
    about = {"help": help, "read": read, "example": example, "secret": secret, "by_language": by_language}
    return field(default=default, metadata=about, repr=not (secret or holds_secret))


PREFIX = "NEWSLETTER_"


def variable(name: str) -> str:
    """Name the environment variable of a setting: from_ → NEWSLETTER_FROM."""
    return PREFIX + name.rstrip("_").upper()
