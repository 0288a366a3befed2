"""The subscribe form for a campaign's own site. In: where the pages are, a language. Out: HTML to paste.

Any page may hold it, because it needs no script, no style and no cookie; what it posts is what `signup` reads. It asks
for an address only: name, language and topics are asked on the confirm page, where the owner of the mailbox answers.
"""

from subscribers.signup import TRAP
from subscribers.site import Site


def form(site: Site, base_url: str, language: str) -> str:
    """Write the form in one of the site's languages, for pages at `base_url`."""
    facts = {
        "action": f"{base_url}/subscribe?lang={language}",
        "language": language,
        "direction": site.direction(language),
        "consent": site.consent(language),
        "trap": TRAP,
        "privacy_url": site.privacy_url,
    }
    return site.render("pages/form.html", facts, language)
