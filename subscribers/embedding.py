"""The subscribe form for a campaign's own site. In: where the pages are, a language, the topics. Out: HTML to paste.

Any page may hold it, because it needs no script, no style and no cookie; what it posts is what `signup` reads.
"""

from collections.abc import Sequence

from subscribers import topics
from subscribers.signup import TRAP
from subscribers.site import Site
from subscribers.topics import Topic


def form(site: Site, base_url: str, language: str, kinds: Sequence[Topic] = ()) -> str:
    """Write the form in one of the site's languages, for pages at `base_url`."""
    facts = {
        "action": f"{base_url}/subscribe?lang={language}",
        "language": language,
        "direction": site.direction(language),
        "consent": site.consent(language),
        "topics": [(each.slug, each.title(language, site.language)) for each in kinds],
        "shown": topics.SHOWN,
        "wants": topics.WANTS,
        "trap": TRAP,
        "privacy_url": site.privacy_url,
    }
    return site.render("pages/form.html", facts, language)
