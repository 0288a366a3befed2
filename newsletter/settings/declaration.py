"""How a setting is declared: its purpose, its default, how its text is read, whether it is a secret."""

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
    """Declare a setting: its purpose, its default, and `read` for its text (its ValueError says what is wrong).

    `by_language`: its name ends in XX, which stands for a language code; its value is pairs of code and text.
    """
    about = {"help": help, "read": read, "example": example, "secret": secret, "by_language": by_language}
    return field(default=default, metadata=about, repr=not (secret or holds_secret))


PREFIX = "NEWSLETTER_"


def variable(name: str) -> str:
    """Return the environment variable of a setting: from_ → NEWSLETTER_FROM."""
    return PREFIX + name.rstrip("_").upper()
