"""How we log in to a relay (RFC 4954): by PLAIN or LOGIN, PLAIN first if both are offered; by XOAUTH2 with a token.

Where a relay does not know the mechanism that it has offered, we try the other.

The password goes onto the wire and nowhere else: into no repr, no error, no reply that is written down.
"""

from base64 import b64encode
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Login:
    """Our account at the relay."""

    username: str
    password: str = field(repr=False)
    is_token: bool = False
    """Whether the password is a token, for XOAUTH2."""

    def __post_init__(self) -> None:
        if "\0" in self.username or "\0" in self.password:
            raise ValueError("a username or password cannot hold a NUL")


def login_commands(login: Login, offered: str) -> list[tuple[bytes, ...]]:
    """Return how to log in by each mechanism that is `offered` (such as "PLAIN LOGIN") and that we know, best first.

    Each is a tuple of command lines; each line is sent when the reply to the line before has come.
    """
    names = offered.upper().split()
    if login.is_token:
        known: dict[str, tuple[bytes, ...]] = {"XOAUTH2": (b"AUTH XOAUTH2 %b\r\n" % _bearer(login),)}
    else:
        steps = b"AUTH LOGIN\r\n", _encoded(login.username) + b"\r\n", _encoded(login.password) + b"\r\n"
        known = {"PLAIN": (b"AUTH PLAIN %b\r\n" % _plain(login),), "LOGIN": steps}
    return [lines for name, lines in known.items() if name in names]


def none_known(login: Login, offered: str) -> str:
    """Say that we know none of the mechanisms `offered`."""
    known = "XOAUTH2" if login.is_token else "PLAIN, LOGIN"
    others = ", ".join(dict.fromkeys(offered.split()))
    return f"it offers no way to log in that we know ({known})" + (f", only {others}" if others else "")


def redacted(text: str, login: Login) -> str:
    """Return what a relay said about our login, with the password removed if the relay repeated it."""
    for secret in (
        _plain(login).decode("ascii"),
        _bearer(login).decode("ascii"),
        _encoded(login.password).decode("ascii"),
        login.password,
    ):
        if secret:
            text = text.replace(secret, "…")
    return text


def _plain(login: Login) -> bytes:
    return _encoded(f"\0{login.username}\0{login.password}")  # RFC 4616


def _bearer(login: Login) -> bytes:
    return _encoded(f"user={login.username}\1auth=Bearer {login.password}\1\1")


def _encoded(text: str) -> bytes:
    return b64encode(text.encode())
