"""What all public pages say about the organisation. In: settings, templates. Out: a Site."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from newsletter.languages import direction, languages, speak
from newsletter.settings import Settings
from newsletter.theme import read_theme, render
from subscribers.site import Site


def site_of(settings: Settings, templates: Sequence[Path]) -> Site:
    """Make the Site. Raises SettingsError without a From, CompileError for templates that cannot be used."""
    return Site(
        organisation=settings.organisation,
        contact=(settings.reply_to or settings.sender).address,
        render=partial(render, templates),
        languages=languages(templates),
        direction=direction,
        look=read_theme(templates).tokens,
        language=settings.language,
        privacy_url=settings.privacy_url,
        named=settings.organisations,
        date=lambda language, day: speak(templates, language).date(day),
    )
