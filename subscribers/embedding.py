"""The subscribe form for a campaign's own site. In: the address of our pages, a language. Out: HTML to paste.

It works on any page: it needs no script, no style and no cookie. `signup` reads what it posts. It asks only for an
address; the confirm page asks for name, language and topics, because there the owner of the mailbox answers.
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
