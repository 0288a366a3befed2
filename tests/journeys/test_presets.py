"""A common relay is set up by its name."""

import pytest

from newsletter.doctor.relays import KNOWN, PRESETS
from tests.journeys.conftest import Organiser


@pytest.fixture
def newcomer(organiser: Organiser) -> Organiser:
    """Somebody in an empty folder, with nothing set."""
    organiser.settings.clear()
    return organiser


@pytest.mark.thorough
@pytest.mark.parametrize("name", sorted(PRESETS))
def test_a_preset_is_what_the_settings_then_are(newcomer: Organiser, name: str) -> None:
    assert newcomer.types("init", "--no-input", "--preset", name).code == 0
    shown = newcomer.types("config", "show").out.splitlines()
    relay = PRESETS[name]
    for line in (
        f"NEWSLETTER_SMTP_HOST={relay.host}",
        f"NEWSLETTER_SMTP_PORT={relay.port}",
        f"NEWSLETTER_SMTP_SECURITY={relay.security}",
        f"NEWSLETTER_SMTP_CONNECTIONS={relay.connections}",
        f"NEWSLETTER_RATE_PER_SECOND={relay.rate:g}",
    ):
        assert line in shown


def test_a_preset_changes_nothing_of_a_relay_that_is_set(newcomer: Organiser) -> None:
    newcomer.writes(".env", "NEWSLETTER_SMTP_HOST=mail.example.org\nNEWSLETTER_SMTP_PORT=2525\n")
    assert newcomer.types("init", "--no-input", "--preset", "brevo").code == 0
    shown = newcomer.types("config", "show").out
    assert "NEWSLETTER_SMTP_HOST=mail.example.org\nNEWSLETTER_SMTP_PORT=2525\n" in shown
    assert "brevo" not in shown


def test_a_preset_nobody_knows_is_answered_with_those_there_are(newcomer: Organiser) -> None:
    done = newcomer.types("init", "--no-input", "--preset", "pigeon")
    assert done.code == 2
    assert "mailpit" in done.err
    assert len(PRESETS) == len(KNOWN)
