"""The webhooks of mail services: whether one is needed, is set up, and is used. Reads the settings and the database."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection, func, select

from newsletter.bounces.hooks.posted import SIGNING
from newsletter.bounces.hooks.received import last_event
from newsletter.database.engine import open_database, reading, require_current
from newsletter.database.tables import State, deliveries
from newsletter.doctor.finding import SETTINGS, DoctorFinding, error, note, ok, warning
from newsletter.doctor.relays import known_relay
from newsletter.errors import DatabaseError
from newsletter.settings import HookService, Settings, variable

SUBJECT = "webhooks"
MANY = 200
"""So many emails without any report are strange: of most lists, a few addresses in a hundred do not work."""

_HARM = (
    "Addresses that do not work stay on your list, spam complaints go unheard, and the service may close your account."
)
_CHANGE = {"hook_secret": "Run `newsletter init`, which makes one.", "base_url": "Set it in the file .env."}


def examine_hooks(settings: Settings) -> Iterator[DoctorFinding]:
    """Check that the mail service can tell of bounces and complaints, and that it does."""
    relay = known_relay(settings.smtp_host)
    if not settings.hooks:
        if relay and relay.hook:
            found = f"{relay.name} reports bounces and spam complaints by webhook, and none is set up."
            yield warning(SUBJECT, found, _HARM, f"Run: newsletter hooks add {relay.hook}")
        return
    missing = [name for name in ("hook_secret", "base_url") if not getattr(settings, name)]
    for name in missing:
        yield error(SETTINGS, f"{variable(name)} is not set, so no report can come in.", _HARM, _CHANGE[name])
    for service in settings.hooks:
        if service in SIGNING and not settings.hook_key:
            found = f"{variable('hook_key')} is not set, so no report of {service.brand} can be believed."
            yield error(SETTINGS, found, _HARM, "Put the key that the service shows beside its webhook into .env.")
    if not missing:
        yield from _heard(settings)


def _heard(settings: Settings) -> Iterator[DoctorFinding]:
    try:
        engine = open_database(settings.database_url, settings.durability)
        try:
            require_current(engine)
            with reading(engine) as connection:
                yield from [_since(connection, service) for service in settings.hooks]
        finally:
            engine.dispose()
    except DatabaseError:
        return  # the examination of the database says so


def _since(connection: Connection, service: HookService) -> DoctorFinding:
    last: datetime | None = last_event(connection, service)
    accepted = select(func.count()).select_from(deliveries).where(deliveries.c.state == State.ACCEPTED.value)
    sent = connection.execute(accepted.where(deliveries.c.at > last) if last else accepted).scalar_one()
    since = f"since {last:%-d %B %Y}" if last else "so far"
    if not sent:
        return ok(
            SUBJECT, f"Nothing was sent since the last report from {service.brand}." if last else "Nothing was sent."
        )
    found = f"No report from {service.brand} {since}, and {sent:,} emails were accepted in that time."
    if sent < MANY:
        return note(SUBJECT, found, "That may be as it should be: it reports only what went wrong.")
    change = "Compare the address at the service with the one that `newsletter hooks` prints, and have it send a test."
    return warning(SUBJECT, found, _HARM, change)
