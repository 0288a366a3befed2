"""The settings: the environment wins over .env in the current folder, that over the defaults; read once, then frozen.

Every setting has its help text here; `.env.example` and docs/settings.md are generated from it. An option of a
command wins over all of them, with ``dataclasses.replace``.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path

from newsletter.errors import SettingsError
from newsletter.settings.declaration import setting, variable
from newsletter.settings.reading import read, unknown
from newsletter.settings.values import (
    Archive,
    Durability,
    Mailbox,
    OtherRelay,
    Security,
    day,
    dotted_name,
    host_and_port,
    http_url,
    is_loopback,
    language_tag,
    mailbox,
    networks,
    number,
    one_line,
    one_of,
    other_relays,
    secret_key,
    secret_keys,
    selector,
    steps,
    web_page,
    whole,
    words,
    yes_or_no,
)
from subscribers.forwarded import LOOPBACK, Network

__all__ = [
    "Archive",
    "Durability",
    "Mailbox",
    "Security",
    "Settings",
    "is_loopback",
    "read_settings",
    "unknown_settings",
    "variable",
]


@dataclass(frozen=True)
class Settings:
    """What an organiser has set. An empty value means: not set."""

    organisation: str = setting(
        "Who is writing; stands in every footer. Needed to send.", "", one_line, "Co-production Wales"
    )
    organisation_xx: tuple[tuple[str, str], ...] = setting(
        "Its name in another language, where that is another: NEWSLETTER_ORGANISATION_CY for Welsh, and so on.",
        (),
        one_line,
        "Cydgynhyrchu Cymru",
        by_language=True,
    )
    postal_address: str = setting(
        "Where you can be written to; stands in every footer. Needed to send.",
        "",
        one_line,
        "1 Example Street, Cardiff CF10 1AA",
    )
    website: str = setting(
        "Your website; the masthead leads there, and it stands in every footer.",
        "",
        http_url,
        "https://www.example.org",
    )
    registration: str = setting(
        "Your charity or company number, in the words you must use; stands in every footer.",
        "",
        one_line,
        "Registered charity 1234567",
    )
    from_: Mailbox | None = setting(
        "The From of every mail. Needed to send.", None, mailbox, "Co-production Wales <news@example.org>"
    )
    reply_to: Mailbox | None = setting("Where answers go, if not to From.", None, mailbox, "hello@example.org")
    base_url: str = setting(
        "The public address of `newsletter serve`; links are built from it alone. Unset: readers leave by mail.",
        "",
        http_url,
        "https://news.example.org",
    )
    secret_key: str = setting(
        "Signs unsubscribe links; `newsletter init` makes one. Keep it: links in old mails depend on it.",
        "",
        secret_key,
        secret=True,
    )
    old_secret_keys: tuple[str, ...] = setting(
        "Earlier secret keys, separated by spaces, so that links in old mails go on working.",
        (),
        secret_keys,
        secret=True,
    )
    database_url: str = setting(
        "Where the list and the send log are kept: sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME.",
        "sqlite:///newsletter.db",
        example="sqlite:///newsletter.db",
        holds_secret=True,  # it may contain PostgreSQL's password
    )
    smtp_host: str = setting("The relay that takes your mail. Needed to send.", "", one_line, "smtp.example.org")
    smtp_port: int = setting("Its port; unset: 587 for starttls, 465 for tls, 25 for none.", 0, whole(1, 65535), "587")
    smtp_security: Security = setting(
        "starttls, tls, or none; none only to this machine.", Security.STARTTLS, one_of(Security), "starttls"
    )
    smtp_username: str = setting("The login at the relay, where it wants one.", "", one_line, "news@example.org")
    smtp_password: str = setting("The password of that login; it is written into no log.", "", secret=True)
    smtp_token_command: tuple[str, ...] = setting(
        "A command that prints a token for XOAUTH2, instead of a password; run without a shell.",
        (),
        words,
        "oauth2-token news@example.org",
    )
    smtp_weight: int = setting(
        "The share of this relay where there are others; 0: it stands by until no other takes mail.",
        1,
        whole(0, 100),
        "1",
    )
    smtp_others: tuple[OtherRelay, ...] = setting(
        "More relays, separated by spaces: smtps://USER:PASSWORD@HOST:PORT?weight=1, smtp+starttls://…, smtp://…; "
        "they take their shares, and all of it where another fails.",
        (),
        other_relays,
        secret=True,
    )
    smtp_allow_plaintext: bool = setting(
        "yes: allow none towards another machine. Everybody on the way can read mails and password.",
        False,
        yes_or_no,
        "no",
    )
    smtp_connections: int = setting("How many connections to the relay at once.", 4, whole(1, 100), "4")
    smtp_window: int = setting(
        "Messages under way on each connection where the relay offers CHUNKING: worth it over a long distance, but so "
        "many become uncertain when a line drops. 1: one after the other.",
        1,
        whole(1, 100),
        "8",
    )
    smtp_messages_per_connection: int = setting(
        "Messages before a connection is closed and opened anew; 0: no limit.", 0, whole(0, 1_000_000), "100"
    )
    smtp_patience: float = setting(
        "Multiplies the waiting times of RFC 5321: five minutes for a command, ten after the dot.", 1.0, number, "1"
    )
    rate_per_second: float = setting("At most so many messages a second; 0: no limit.", 0.0, number, "10")
    retry_seconds: float = setting(
        "The first pause before a deferred person is tried again; it doubles, with jitter, to an hour.",
        300.0,
        number,
        "300",
    )
    shelf_life_hours: float = setting("After so many hours of deferral a delivery expires.", 24.0, number, "24")
    daily_limit: int = setting(
        "At most so many messages in 24 hours, over all issues, counted from the send log; 0: no limit.",
        0,
        whole(0, 100_000_000),
        "2000",
    )
    warm_up: tuple[int, ...] = setting(
        "The daily limits of the first days at a new relay, one after the other; then NEWSLETTER_DAILY_LIMIT alone.",
        (),
        steps,
        "50 100 200 500 1000 2500 5000",
    )
    warm_up_from: datetime | None = setting(
        "The day the warm-up began. Unset: the day of the first message that was ever accepted.",
        None,
        day,
        "2026-12-01",
    )
    rest_seconds: float = setting(
        "How long a relay is left alone that says we send too much (421 4.7.x); it doubles, to an hour.",
        600.0,
        number,
        "600",
    )
    durability: Durability = setting(
        "power: the send log survives a power cut. process: only a crash of the program; faster.",
        Durability.POWER,
        one_of(Durability),
        "power",
    )
    return_path: Mailbox | None = setting(
        "Where bounces go; each delivery gets its own, bounces+TOKEN@…. Unset: From.",
        None,
        mailbox,
        "bounces@example.org",
    )
    bounces_host: str = setting(
        "The IMAP server (with TLS; port 993, or :PORT) of the mailbox that bounces go to, for `newsletter bounces "
        "process`.",
        "",
        host_and_port,
        "imap.example.org",
    )
    bounces_username: str = setting("The login of that mailbox.", "", one_line, "bounces@example.org")
    bounces_password: str = setting("The password of that login; it is written into no log.", "", secret=True)
    bounces_folder: str = setting("Where in that mailbox bounces arrive.", "INBOX", one_line, "INBOX")
    bounces_processed_folder: str = setting(
        "Where they go once they are read; nothing is ever deleted. Unset: they stay, marked.",
        "",
        one_line,
        "Processed",
    )
    list_id: str = setting(
        "The List-Id of every mail; stable for ever. Unset: newsletter. and the domain of From.",
        "",
        dotted_name,
        "news.example.org",
    )
    dkim_domain: str = setting(
        "The domain that signs mail here (DKIM). Unset: the relay signs, as most do.", "", dotted_name, "example.org"
    )
    dkim_selector: str = setting(
        "The name under which the domain's DNS has the public key; `newsletter doctor dkim-key` makes both.",
        "",
        selector,
        "news2026",
    )
    dkim_key_file: str = setting("The file of the private key; keep it to yourself.", "", one_line, "dkim.pem")
    language: str = setting(
        "The language of posts that do not say theirs, and of the footer.", "en", language_tag, "en"
    )

    greetings: bool = setting(
        "yes: whoever has confirmed gets a mail of welcome, and whoever has left a last one.", False, yes_or_no, "no"
    )
    theme: str = setting(
        "The look of posts that do not name theirs: bulletin, letter, notice, or one of your own theme.toml.",
        "bulletin",
        one_line,
        "letter",
    )
    privacy_url: str = setting(
        "Where your privacy notice is. It stands on the subscribe form and at the foot of all pages.",
        "",
        web_page,
        "https://www.example.org/privacy",
    )
    trusted_proxies: tuple[Network, ...] = setting(
        "The web servers in front of `newsletter serve`, addresses or networks separated by spaces: what they say of "
        "who asks (X-Forwarded-For, Forwarded) is believed, and nobody else. none: nobody is.",
        LOOPBACK,
        networks,
        "127.0.0.0/8 ::1",
    )
    files_url: str = setting(
        "Where a web host gives out the pictures and documents of posts (`newsletter publish -o`). Unset: `newsletter "
        "serve` does, at the base URL and /f.",
        "",
        http_url,
        "https://www.example.org/newsletter-files",
    )
    archive: Archive = setting(
        "Whether everybody may read what has gone out, at /archive: no, yes, or indexed, by search engines too.",
        Archive.YES,
        one_of(Archive),
        "yes",
    )

    @property
    def files_address(self) -> str:
        """The web address of published files; empty if no address is set."""
        return self.files_url or (f"{self.base_url}/f" if self.base_url else "")

    @property
    def organisations(self) -> dict[str, str]:
        """The organisation's name in each language that has its own."""
        return dict(self.organisation_xx)

    def organisation_in(self, language: str) -> str:
        """Return the organisation's name in `language`, or in the nearest language."""
        named = self.organisations
        return named.get(language.lower(), named.get(language.lower().partition("-")[0], self.organisation))

    @property
    def relay_port(self) -> int:
        return self.smtp_port or {Security.STARTTLS: 587, Security.TLS: 465, Security.NONE: 25}[self.smtp_security]

    @property
    def secret_keys(self) -> tuple[str, ...]:
        """All keys with which links may be signed; the first one signs new links."""
        return (self.secret_key, *self.old_secret_keys)

    @property
    def sender(self) -> Mailbox:
        if self.from_ is None:
            raise SettingsError(setting=variable("from_"), why="is not set; it is the From of every mail")
        return self.from_

    @property
    def list_name(self) -> str:
        return self.list_id or f"newsletter.{self.sender.domain}"

    def require(self, *names: str) -> None:
        """Raise SettingsError for the first of `names` that is not set."""
        for name in names:
            if not getattr(self, name):
                raise SettingsError(
                    setting=variable(name),
                    why="is not set. Put it into .env, which says what it is for; `newsletter init` makes one",
                )

    def require_relay(self) -> None:
        """Raise SettingsError unless a relay is set to which mail and password may be sent."""
        self.require("smtp_host")
        if self.smtp_security is Security.NONE and not (self.smtp_allow_plaintext or is_loopback(self.smtp_host)):
            raise SettingsError(
                setting=variable("smtp_security"),
                why=f"none would send mails and password readable to {self.smtp_host}; "
                "set starttls or tls, or NEWSLETTER_SMTP_ALLOW_PLAINTEXT=yes",
            )


def read_settings(folder: Path, environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings as seen from `folder`. Raises SettingsError, naming the variable and where it is set."""
    return Settings(**read(fields(Settings), folder, environment))


def unknown_settings(folder: Path, environment: Mapping[str, str] = os.environ) -> list[str]:
    """List variables that are named like settings of ours and are none: misspelt ones would be silently ignored."""
    return unknown(fields(Settings), folder, environment)
