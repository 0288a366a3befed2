"""Finds domains that are probably misspelt names of big mail providers; pure.

The report of an import names such addresses; they are imported unchanged. A misspelt domain has a common slip in the
provider's name, in its ending, or in both, or "www." before it. Domains known to be real are not among them; whether
any other one exists was never looked up.
"""

from collections.abc import Collection, Iterator

PROVIDERS = (
    "gmail.com", "googlemail.com", "hotmail.com", "hotmail.co.uk", "outlook.com", "live.co.uk", "yahoo.com", "yahoo.co.uk",
    "icloud.com", "btinternet.com", "talktalk.net", "virginmedia.com", "aol.com", "protonmail.com", "gmx.de", "web.de",
    "t-online.de", "orange.fr", "wanadoo.fr", "laposte.net", "ntlworld.com", "blueyonder.co.uk", "tiscali.co.uk",
)  # fmt: skip
_REAL = frozenset({
    *PROVIDERS, "live.com", "live.de", "live.fr", "ymail.com", "mail.com", "email.com", "gmx.net", "gmx.com", "gmx.at", "me.com",
    "mac.com", "aim.com", "yahoo.fr", "yahoo.de", "yahoo.es", "yahoo.ie", "hotmail.fr", "hotmail.de", "hotmail.es", "hotmail.it",
    "outlook.fr", "outlook.de", "outlook.es", "outlook.ie", "proton.me", "msn.com", "sky.com", "free.fr", "sfr.fr", "hey.com",
    "fastmail.com", "gmail.co", "web.com",
})  # fmt: skip
"""Domains of real mail services: never misspelt, even if they look like a slip from another."""
_ENDINGS = {".com": (".con", ".cpm", ".vom", ".xom", ".cm", ".om", ".comm", ".coom", ".co", ".ocm", ".cmo", ".como", ".clm"),
            ".co.uk": (".co.k", ".co.u", ".couk", ".co.ukk", ".cp.uk", ".co.ku", ".uk", ".c.uk", ".o.uk", ".co.uj"),
            ".de": (".dr", ".ed"), ".fr": (".ft",), ".net": (".ner", ".met", ".nte")}  # fmt: skip
_NEAR = {
    **dict.fromkeys("gmial gmal gmai gmil gamil gnail gmaill gmaol gmali ggmail gmaii gmsil gimail gemail gmailc hmail".split(), "gmail"),  # noqa: SIM905
    **dict.fromkeys("hotmial hotmal hotmai hotmil hormail homtail hotamil hotmaill hotnail htmail hotmsil hotmaul".split(), "hotmail"),  # noqa: SIM905
    **dict.fromkeys("yaho yahooo yhaoo yahho yhoo yaoo tahoo yajoo".split(), "yahoo"),  # noqa: SIM905
    **dict.fromkeys("outlok outloo outllok outlool oulook outook outlookk putlook".split(), "outlook"),  # noqa: SIM905
    **dict.fromkeys("iclod icoud icloude iclound icluod".split(), "icloud"),  # noqa: SIM905
    **dict.fromkeys("btinernet btintenet btinterne btineternet btinterent btintrnet btinternt".split(), "btinternet"),  # noqa: SIM905
    **dict.fromkeys("googlemial googelmail goglemail googlemal".split(), "googlemail"),  # noqa: SIM905
    **dict.fromkeys("virginmeda virginmedai virgimedia virginmdia".split(), "virginmedia"),  # noqa: SIM905
    **dict.fromkeys("protonmial protonmal".split(), "protonmail"),  # noqa: SIM905
}  # fmt: skip


def _all() -> dict[str, str]:
    known: dict[str, str] = {}
    for provider in PROVIDERS:
        name, dot, ending = provider.partition(".")
        for wrong in _ENDINGS.get(dot + ending, ()):
            known.setdefault(name + wrong, provider)
        for wrong, right in _NEAR.items():
            if right == name:
                known[wrong + dot + ending] = provider
                known |= {wrong + other: provider for other in _ENDINGS.get(dot + ending, ())}
        known[name + ending.replace(".", "")] = provider
        known[f"www.{provider}"] = provider
    return {wrong: right for wrong, right in known.items() if wrong not in _REAL and "." in wrong}


LIKELY = _all()
"""Each misspelt domain, and the provider's domain that was probably meant."""


def misspelt(addresses: Collection[str]) -> Iterator[tuple[int, str]]:
    """Yield each address with a misspelt domain, as its index in `addresses`, and the domain that was probably meant.

    The addresses are normalised, so each has exactly one @.
    """
    # One quick look at all domains first: joined and split at @, every second piece is a domain.
    if LIKELY.keys() & {*"@".join(addresses).split("@")[1::2]}:
        for place, address in enumerate(addresses):
            likely = LIKELY.get(address[address.rfind("@") + 1 :])
            if likely:
                yield place, likely
