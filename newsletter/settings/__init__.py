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
    ArchiveAccess,
    Durability,
    HookService,
    Mailbox,
    OtherRelay,
    Security,
    day,
    dotted_name,
    hook_keys,
    hook_secret,
    hook_services,
    host_and_port,
    http_url,
    is_loopback,
    language_tag,
    mailbox,
    mailboxes,
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
    "ArchiveAccess",
    "Durability",
    "HookService",
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
        "The name of your organisation, shown in every footer. Needed to send.", "", one_line, "Co-production Wales"
    )
    organisation_xx: tuple[tuple[str, str], ...] = setting(
        "Its name in another language, if it has one: NEWSLETTER_ORGANISATION_CY for Welsh, and so on.",
        (),
        one_line,
        "Cydgynhyrchu Cymru",
        by_language=True,
    )
    postal_address: str = setting(
        "Your postal address, shown in every footer: many countries require it. Needed to send.",
        "",
        one_line,
        "1 Example Street, Cardiff CF10 1AA",
    )
    website: str = setting(
        "Your website. The name at the top of every email links to it, and it is shown in every footer.",
        "",
        http_url,
        "https://www.example.org",
    )
    registration: str = setting(
        "Your charity or company number, in the words you must use. It is shown in every footer.",
        "",
        one_line,
        "Registered charity 1234567",
    )
    from_: Mailbox | None = setting(
        "The name and address that your emails come from. Needed to send.",
        None,
        mailbox,
        "Co-production Wales <news@example.org>",
    )
    reply_to: Mailbox | None = setting(
        "The address that replies go to, if not NEWSLETTER_FROM.", None, mailbox, "hello@example.org"
    )
    base_url: str = setting(
        "The public address of `newsletter serve`, which all links begin with. Unset: there is no unsubscribe page, "
        "and people can only unsubscribe by sending an email.",
        "",
        http_url,
        "https://news.example.org",
    )
    secret_key: str = setting(
        "The secret that signs unsubscribe links. `newsletter init` makes it. Keep it: without it, the links in emails "
        "already sent stop working.",
        "",
        secret_key,
        secret=True,
    )
    old_secret_keys: tuple[str, ...] = setting(
        "Earlier secret keys, separated by spaces, so that the links in emails already sent still work.",
        (),
        secret_keys,
        secret=True,
    )
    database_url: str = setting(
        "The database that holds your list and the records of sending: sqlite:///FILE or "
        "postgresql+psycopg://USER@HOST/NAME.",
        "sqlite:///newsletter.db",
        example="sqlite:///newsletter.db",
        holds_secret=True,  # it may contain PostgreSQL's password
    )
    smtp_host: str = setting(
        "Your mail server (relay): the service that delivers your emails. Needed to send.",
        "",
        one_line,
        "smtp.example.org",
    )
    smtp_port: int = setting(
        "The port of your mail server. Unset: 587 for starttls, 465 for tls, 25 for none.", 0, whole(1, 65535), "587"
    )
    smtp_security: Security = setting(
        "How the connection to your mail server is protected: starttls, tls, or none (only for this machine).",
        Security.STARTTLS,
        one_of(Security),
        "starttls",
    )
    smtp_username: str = setting(
        "The username at your mail server, if it asks for one.", "", one_line, "news@example.org"
    )
    smtp_password: str = setting("The password for that username. It is never written to a log.", "", secret=True)
    smtp_token_command: tuple[str, ...] = setting(
        "Advanced. A command that prints a token for XOAUTH2, instead of a password. It is run without a shell.",
        (),
        words,
        "oauth2-token news@example.org",
    )
    smtp_weight: int = setting(
        "Advanced. With several mail servers, the share of this one. 0: it is only used if no other accepts email.",
        1,
        whole(0, 100),
        "1",
    )
    smtp_others: tuple[OtherRelay, ...] = setting(
        "Advanced. More mail servers, separated by spaces: smtps://USER:PASSWORD@HOST:PORT?weight=1, "
        "smtp+starttls://…, smtp://…. They share the work, and take all of it if another fails.",
        (),
        other_relays,
        secret=True,
    )
    smtp_allow_plaintext: bool = setting(
        "yes: allow the security none to another machine. Anybody on the way can then read your emails and password.",
        False,
        yes_or_no,
        "no",
    )
    smtp_connections: int = setting("How many connections to your mail server to use at once.", 4, whole(1, 100), "4")
    smtp_window: int = setting(
        "Advanced. Leave it at 1 unless your mail server is far away. Higher is faster, but if the connection drops, "
        "that many people may be left in doubt.",
        1,
        whole(1, 100),
        "8",
    )
    smtp_messages_per_connection: int = setting(
        "Advanced. How many emails to send on one connection before opening a new one. 0: no limit.",
        0,
        whole(0, 1_000_000),
        "100",
    )
    smtp_patience: float = setting(
        "Advanced. How patient to be with a slow mail server: 1 = the usual 5 to 10 minutes, 2 = twice that.",
        1.0,
        number,
        "1",
    )
    rate_per_second: float = setting("The most emails to send in a second. 0: no limit.", 0.0, number, "10")
    machine: str = setting(
        "Advanced. The name of this machine in `newsletter status`, where several send. Unset: its host name.",
        "",
        one_line,
        "mill-1",
    )
    slice: int = setting(
        "Advanced. How many people one `newsletter worker` sends to before it may take up another issue.",
        5000,
        whole(1, 1_000_000),
        "5000",
    )
    hung_seconds: float = setting(
        "Advanced. For how many seconds a `newsletter worker` may be silent before others take over its work.",
        60.0,
        number,
        "60",
    )
    retry_seconds: float = setting(
        "How many seconds to wait before the first new try. Each later wait is twice as long, up to an hour.",
        300.0,
        number,
        "300",
    )
    shelf_life_hours: float = setting(
        "How many hours to keep trying when somebody's mail server says “try later”.", 24.0, number, "24"
    )
    daily_limit: int = setting(
        "The most emails to send in any 24 hours, over all issues. 0: no limit.",
        0,
        whole(0, 100_000_000),
        "2000",
    )
    warm_up: tuple[int, ...] = setting(
        "The daily limits of your first days at a new mail server, one after the other. After that, "
        "NEWSLETTER_DAILY_LIMIT applies alone.",
        (),
        steps,
        "50 100 200 500 1000 2500 5000",
    )
    warm_up_from: datetime | None = setting(
        "The day the warm-up began. Unset: the day your first email was sent.",
        None,
        day,
        "2026-12-01",
    )
    rest_seconds: float = setting(
        "How many seconds to pause when your mail server says that receivers find you send too much. Each later pause "
        "is twice as long, up to an hour.",
        600.0,
        number,
        "600",
    )
    durability: Durability = setting(
        "Advanced. power: the records of sending survive a power cut. process: faster, but they survive only a crash "
        "of the program.",
        Durability.POWER,
        one_of(Durability),
        "power",
    )
    return_path: Mailbox | None = setting(
        "The address that bounces come back to. Each email gets a slightly different one, bounces+CODE@…. Unset: the "
        "address in NEWSLETTER_FROM.",
        None,
        mailbox,
        "bounces@example.org",
    )
    bounces_host: str = setting(
        "The IMAP server of the mailbox that bounces come back to, for `newsletter bounces process`. It must use TLS. "
        "Port 993, unless you add :PORT.",
        "",
        host_and_port,
        "imap.example.org",
    )
    bounces_username: str = setting("The username of that mailbox.", "", one_line, "bounces@example.org")
    bounces_password: str = setting("The password for that username. It is never written to a log.", "", secret=True)
    bounces_folder: str = setting("The folder of that mailbox that bounces arrive in.", "INBOX", one_line, "INBOX")
    bounces_processed_folder: str = setting(
        "The folder to move them to once they have been read. Nothing is ever deleted. Unset: they stay, with a mark.",
        "",
        one_line,
        "Processed",
    )
    hooks: tuple[HookService, ...] = setting(
        "The email services that report bounces and complaints to `newsletter serve`: ses, mailgun, postmark, "
        "sendgrid, brevo, mailjet, resend, separated by spaces. `newsletter hooks` prints the address to give to each.",
        (),
        hook_services,
        "postmark",
    )
    hook_secret: str = setting(
        "The secret in that address. `newsletter init` and `newsletter hooks add` make it.",
        "",
        hook_secret,
        secret=True,
    )
    hook_key: tuple[str, ...] = setting(
        "The key with which the service signs its reports: Mailgun's HTTP webhook signing key, SendGrid's verification "
        "key, or Resend's signing secret. Several are separated by spaces. The other services need none.",
        (),
        hook_keys,
        secret=True,
    )
    list_id: str = setting(
        "Advanced. The name that mail programs know your list by (List-Id). Never change it. Unset: “newsletter.” and "
        "the domain of NEWSLETTER_FROM.",
        "",
        dotted_name,
        "news.example.org",
    )
    dkim_domain: str = setting(
        "The domain to sign emails with on this machine (DKIM). Unset: your mail server signs them, as most do.",
        "",
        dotted_name,
        "example.org",
    )
    dkim_selector: str = setting(
        "The name of the public key in that domain's DNS. `newsletter doctor dkim-key` makes the key and prints the "
        "DNS record.",
        "",
        selector,
        "news2026",
    )
    dkim_key_file: str = setting("The file with the private key. Keep it to yourself.", "", one_line, "dkim.pem")
    approvals: int = setting(
        "How many other people must approve an email before it is sent (`newsletter ask`). 0: nobody needs to.",
        0,
        whole(0, 20),
        "1",
    )
    approvers: tuple[Mailbox, ...] = setting(
        "Their email addresses, separated by commas. Names are shown in the records, addresses never.",
        (),
        mailboxes,
        "Ann <ann@example.org>, Ben <ben@example.org>",
    )
    language: str = setting(
        "The language of posts that do not name theirs, and of the footer.", "en", language_tag, "en"
    )

    greetings: bool = setting(
        "yes: people get a welcome email when they have confirmed, and a goodbye email when they have unsubscribed.",
        False,
        yes_or_no,
        "no",
    )
    theme: str = setting(
        "The look of posts that do not name theirs: bulletin, letter, notice, or a theme in your own theme.toml.",
        "bulletin",
        one_line,
        "letter",
    )
    privacy_url: str = setting(
        "The web address of your privacy notice. The subscribe form and all pages link to it.",
        "",
        web_page,
        "https://www.example.org/privacy",
    )
    trusted_proxies: tuple[Network, ...] = setting(
        "Advanced. The web servers in front of `newsletter serve`: addresses or networks, separated by spaces. Only "
        "they are believed about where a visitor comes from (X-Forwarded-For, Forwarded). none: no server is.",
        LOOPBACK,
        networks,
        "127.0.0.0/8 ::1",
    )
    ping_url: str = setting(
        "A web address that `newsletter due` visits each time it went well. A service there can raise the alarm when "
        "it was not visited for a while: then this machine, or its timer, has stopped.",
        "",
        web_page,
        "https://ping.example.org/your-check",
        secret=True,
    )
    notes_to: Mailbox | None = setting(
        "The address to email when an issue is finished or stops. `newsletter due`, `serve --send` or workers do it.",
        None,
        mailbox,
        "organiser@example.org",
    )
    files_url: str = setting(
        "The web address of the folder that you upload pictures and documents to (`newsletter publish -o`). Unset: "
        "`newsletter serve` publishes them, at NEWSLETTER_BASE_URL and /f.",
        "",
        http_url,
        "https://www.example.org/newsletter-files",
    )
    archive: ArchiveAccess = setting(
        "Whether anybody can read your past issues, at /archive: no, yes, or indexed (search engines find them too).",
        ArchiveAccess.YES,
        one_of(ArchiveAccess),
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
            raise SettingsError(setting=variable("from_"), why="is not set. It is the address your emails come from")
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
                    why="is not set. Run `newsletter init` to be asked for it, or add it to the file .env, where it is "
                    "explained.",
                )

    def require_relay(self) -> None:
        """Raise SettingsError unless a relay is set to which mail and password may be sent."""
        self.require("smtp_host")
        if self.smtp_security is Security.NONE and not (self.smtp_allow_plaintext or is_loopback(self.smtp_host)):
            raise SettingsError(
                setting=variable("smtp_security"),
                why=f"is none, so anybody on the way to {self.smtp_host} could read your emails and password. Set it "
                "to starttls or tls. To send like this all the same, set NEWSLETTER_SMTP_ALLOW_PLAINTEXT=yes",
            )


def read_settings(folder: Path, environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings as seen from `folder`. Raises SettingsError, naming the variable and where it is set."""
    return Settings(**read(fields(Settings), folder, environment))


def unknown_settings(folder: Path, environment: Mapping[str, str] = os.environ) -> list[str]:
    """List variables that are named like settings of ours and are none: misspelt ones would be silently ignored."""
    return unknown(fields(Settings), folder, environment)
