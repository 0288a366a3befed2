"""The subscribe form, to paste into a page of the organiser's own site."""

from newsletter.app.workspace import Workspace
from newsletter.errors import NoSuchLanguage
from newsletter.web.site import site_of
from subscribers.embedding import form


def subscribe_form(place: Workspace, language: str = "") -> str:
    """Return the form as HTML, in `language`, or in that of the settings if there are words in it, or in English.

    Raises SettingsError, and NoSuchLanguage if there are no words in the `language` that was asked for.
    """
    place.settings.require("base_url", "organisation", "from_")
    pages = site_of(place.settings, place.templates)
    spoken = _spoken(language or place.settings.language, list(pages.languages), bool(language))
    return form(pages, place.settings.base_url, spoken)


def _spoken(wanted: str, known: list[str], strict: bool) -> str:
    """Return the code in `known` that fits `wanted` (en for en-GB), otherwise "en". `strict`: raises NoSuchLanguage."""
    primary = wanted.lower().partition("-")[0]
    found = next((code for code in known if code in (wanted.lower(), primary)), None)
    if found is None and strict:
        raise NoSuchLanguage(language=wanted, known=", ".join(known))
    return found or "en"
