"""How we log in at a relay (RFC 4954): PLAIN or LOGIN, whichever is offered, PLAIN first; XOAUTH2 with a token.

The password goes onto the wire and nowhere else: into no repr, no error, no reply that is written down.
"""

from base64 import b64encode
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Login:
    """Who we are at the relay."""

    username: str
    password: str = field(repr=False)
    is_token: bool = False
    """Whether the password is a token, for XOAUTH2."""

    def __post_init__(self) -> None:
        if "\0" in self.username or "\0" in self.password:
            raise ValueError("a username or password cannot hold a NUL")


def steps(login: Login, offered: str) -> tuple[bytes, ...]:
    """Make the lines that log us in, each for one reply; none if we know none of the ways `offered`, as in "PLAIN"."""
    names = offered.upper().split()
    if login.is_token:
        return (b"AUTH XOAUTH2 %b\r\n" % _bearer(login),) if "XOAUTH2" in names else ()
    if "PLAIN" in names:
        return (b"AUTH PLAIN %b\r\n" % _plain(login),)
    if "LOGIN" in names:
        return b"AUTH LOGIN\r\n", _encoded(login.username) + b"\r\n", _encoded(login.password) + b"\r\n"
    return ()


def redacted(text: str, login: Login) -> str:
    """Return what a relay said about our login without the password, should it have repeated it."""
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
