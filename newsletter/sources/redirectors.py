"""Addresses made for one person. In: the address of a link. Out: what it leads to, and whether it is somebody's own.

Mail programs wrap links so that they know who clicked (Safelinks, Proofpoint), and mailing tools so that they can count
whom they wrote to. Where the target stands in the address it is taken out; nothing is ever visited.
"""

import base64
import binascii
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit, urlunsplit

_WEB = re.compile(r"https?://[^\s<>\"]+$", re.IGNORECASE)
_DEEPEST = 6  # wrappers in each other
_LONGEST = 8_000


@dataclass(frozen=True, slots=True)
class Unwrapped:
    """Where a link leads. `address` is the target, or what was given; `wrapper` names a wrapper with no target in it."""

    address: str
    wrapper: str = ""

    @property
    def is_personal(self) -> bool:
        """Tell whether the address still belongs to one person."""
        return bool(self.wrapper)


def unwrapped(address: str) -> Unwrapped:
    """Take wrappers off `address`, and the marks that tell a tool who clicked."""
    for _ in range(_DEEPEST):
        wrapper = _wrapper_of(address)
        if wrapper is None:
            return Unwrapped(without_marks(address))
        target = _target(wrapper, address)
        if not target:
            return Unwrapped(address, wrapper.name)
        address = target
    return Unwrapped(address, "a redirect")


def unwrap_text(text: str) -> tuple[str, list[Unwrapped]]:
    """Unwrap every address that stands in `text`; those that stay somebody's own come back, too."""
    personal: list[Unwrapped] = []

    def bare(found: re.Match[str]) -> str:
        seen = unwrapped(found[0])
        if seen.is_personal:
            personal.append(seen)
            return found[0]
        return (
            re.sub(r"[\s<>()\[\]]", lambda sign: f"%{ord(sign[0]):02X}", seen.address)
            if seen.address != found[0]
            else found[0]
        )

    return re.sub(r"https?://[^\s<>\"')\]]+", bare, text), personal


def is_wrapped(address: str) -> bool:
    """Tell whether `address` is a redirector, or carries a mark of one person."""
    return _wrapper_of(address) is not None or without_marks(address) != address


@dataclass(frozen=True, slots=True)
class _Wrapper:
    """A redirector: its host and path as patterns, the parameters that may hold its target, or how to read it."""

    name: str
    host: str
    path: str = ""
    parameters: tuple[str, ...] = ()
    read: Callable[[SplitResult], str] | None = None
    needs: str = ""  # a pattern that its query must hold

    def fits(self, parts: SplitResult) -> bool:
        host = (parts.hostname or "").lower()
        return (
            bool(re.fullmatch(self.host, host))
            and bool(re.match(self.path, parts.path))
            and bool(re.search(self.needs, parts.query))
        )


def _wrapper_of(address: str) -> _Wrapper | None:
    parts = _split(address)
    return next((each for each in _WRAPPERS if each.fits(parts)), None) if parts is not None else None


def _split(address: str) -> SplitResult | None:
    if not re.match(r"https?://", address, re.IGNORECASE) or len(address) > _LONGEST:
        return None
    try:
        parts = urlsplit(address)
        return parts if parts.hostname else None
    except ValueError:
        return None


def _target(wrapper: _Wrapper, address: str) -> str:
    parts = _split(address)
    assert parts is not None
    for target in _candidates(wrapper, parts):
        if _WEB.match(target) and target != address:
            return target
        if re.match(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+(?:/\S*)?$", target, re.IGNORECASE) and wrapper.read is None:
            return f"https://{target}"
    return ""


def _candidates(wrapper: _Wrapper, parts: SplitResult) -> Iterator[str]:
    if wrapper.read is not None:
        yield wrapper.read(parts)
    # Because `;` and `&amp;` part parameters in what was copied from a mail's source.
    values = parse_qsl(parts.query.replace("&amp;", "&"), keep_blank_values=True)
    for name in wrapper.parameters:
        for found, value in values:
            if found.lower() == name:
                yield value.strip()
                yield unquote(value).strip()
                yield _from_base64(value)


def _from_base64(text: str) -> str:
    text = text.strip().replace("-", "+").replace("_", "/").rstrip("=")
    if len(text) < 12 or not re.fullmatch(r"[A-Za-z0-9+/]+", text):
        return ""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4)).decode()
    except (binascii.Error, UnicodeError, ValueError):
        return ""


def _proofpoint_2(parts: SplitResult) -> str:
    found = dict(parse_qsl(parts.query)).get("u", "")
    return unquote(re.sub(r"-(?=[0-9A-Fa-f]{2})", "%", found).replace("_", "/"))


def _proofpoint_3(parts: SplitResult) -> str:
    """Read version 3: the target between ``__`` and ``__;``, stars for the bytes that stand in base64 behind it."""
    whole = urlunsplit(("", "", parts.path, parts.query, parts.fragment))
    found = re.match(r"/v3/__(.+?)__(?:;([^!]*))?!", whole)
    if not found:
        return ""
    try:
        code = (found[2] or "").replace("-", "+").replace("_", "/")
        letters = iter(base64.b64decode(code + "=" * (-len(code) % 4)).decode())
        lengths = dict(
            zip("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", range(2, 66), strict=True)
        )

        def said(star: re.Match[str]) -> str:
            return "".join(next(letters, "") for _ in range(lengths.get(star[1], 1) if star[1] else 1))

        target = re.sub(r"\*(?:\*([A-Za-z0-9_-]))?", said, found[1])
    except (binascii.Error, UnicodeError, ValueError):
        return ""
    return re.sub(r"^(https?:/)(?=[^/])", r"\1/", target)


def _in_path(parts: SplitResult) -> str:
    """Find an address that stands written out, or encoded, in the path."""
    path = unquote(parts.path)
    found = re.search(r"/(?:___)?(https?:/{1,2}\S+?)(?:___\..*)?$", path)
    if found:
        query = f"?{parts.query}" if parts.query and "%3A" not in parts.path.upper() and "___" not in path else ""
        return re.sub(r"^(https?:/)(?=[^/])", r"\1/", found[1]) + query
    for piece in reversed(parts.path.split("/")):
        target = _from_base64(unquote(piece))
        if _WEB.match(target):
            return target
    return ""


def _in_json(parts: SplitResult) -> str:
    """Find the address in JSON that stands in base64, as Substack and Mandrill write it."""
    pieces = [*parts.path.split("/")[-2:], *(value for _, value in parse_qsl(parts.query))]
    for piece in pieces:
        text = _from_base64(piece.partition(".")[0])
        for _ in range(2):
            try:
                found = json.loads(text)
            except (ValueError, RecursionError):
                break
            for name in ("e", "url", "href", "u"):
                if isinstance(found, dict) and _WEB.match(str(found.get(name, ""))):
                    return str(found[name])
            text = str(found.get("p", "")) if isinstance(found, dict) else ""
    return ""


_TARGETS = ("url", "u", "target", "destination", "dest", "redirect", "redirect_url", "to", "link", "q", "href", "goto")
_COUNTERS = r"(?:clicks?|clk|trk|track(?:ing)?|links?|emaillinks?|email|mailtrack|url\d{3,6}|u\d{6,})"
_WRAPPERS = (
    _Wrapper("Outlook's Safe Links", r"(?:.+\.)?safelinks\.protection\.(?:outlook\.com|office365\.us|partner\.outlook\.cn)", parameters=("url",)),
    _Wrapper("Outlook's Safe Links", r"(?:.+\.)?safelinks?\.(?:emails\.azure\.net|office\.net|office365\.us)", parameters=("url", "destination")),
    _Wrapper("Teams' Safe Links", r"statics\.teams\.(?:cdn\.(?:office|live)\.(?:net|com)|microsoft\.com)", ".*/safelinks/", ("url",)),
    _Wrapper("Google's redirect", r"(?:www\.|mail\.|notifications\.)?google\.[a-z.]{2,6}", r"/url/?$", ("q", "url", "u")),
    _Wrapper("Proofpoint", r"urldefense\.proofpoint\.com", r"/v1/url", ("u",)),
    _Wrapper("Proofpoint", r"urldefense\.(?:proofpoint\.com|com|us)", r"/v2/url", read=_proofpoint_2),
    _Wrapper("Proofpoint", r"urldefense\.(?:proofpoint\.com|com|us)", r"/v3/", read=_proofpoint_3),
    _Wrapper("Proofpoint", r"(?:urldefense\.(?:proofpoint\.com|com|us)|.+\.proofpoint\.com)", parameters=("u", "url")),
    _Wrapper("Mimecast", r"(?:protect[a-z0-9-]*\.mimecast(?:-offshore)?\.com|(?:.+\.)?mimecastprotect\.com|(?:.+\.)?mimecast\.com)", r"/(?:s|r|ttpwp|[a-z]+/)", ("url", "u")),
    _Wrapper("Barracuda", r"(?:linkprotect\.cudasvc\.com|.+\.ess\.barracudanetworks\.com)", parameters=("a", "url")),
    _Wrapper("Symantec", r"clicktime\.(?:symantec\.com|cloud\.postoffice\.net)", parameters=("u", "url")),
    _Wrapper("Cisco", r"secure-web\.cisco\.com", read=_in_path),
    _Wrapper("FireEye", r"protect[0-9a-z-]*\.fireeye\.com|(?:.+\.)?us-phishalarm-ewt\.proofpoint\.com", parameters=("u",)),
    _Wrapper("Sophos", r"(?:.+\.)?protection\.sophos\.com", parameters=("u", "d")),
    _Wrapper("Trend Micro", r".*(?:trendmicro\.(?:com|eu|co\.jp)|imsva[0-9-]*\..+)", r"/wis/clicktime", ("url",)),
    _Wrapper("Trustwave", r"(?:scanmail\.trustwave\.com|.+\.mailmarshalcloud\.com|.+\.trustwave\.com)", parameters=("u",)),
    _Wrapper("Check Point", r"(?:url\.avanan\.click|(?:url-)?protect\.checkpoint\.com|.*avanan\.click)", read=_in_path, parameters=("url",)),
    _Wrapper("Intermedia", r"url\.(?:emailprotection\.link|serverdata\.net)", parameters=("url",)),
    _Wrapper("Hornetsecurity", r"(?:.+\.)?(?:seclinks\.cloud-security\.net|atpscan\.global\.hornetsecurity\.com)", parameters=("url", "u")),
    _Wrapper("Vade", r"(?:.+\.)?(?:vadesecure\.com|vadesecure\.net)", parameters=("u", "url")),
    _Wrapper("Facebook's redirect", r"(?:l|lm)\.(?:facebook|messenger|instagram)\.com|l\.threads\.(?:net|com)|l\.wl\.co", parameters=("u",)),
    _Wrapper("LinkedIn's redirect", r"(?:www\.)?linkedin\.com", r"/(?:redir/redirect|safety/go|slink)", ("url",)),
    _Wrapper("a redirect", r"slack-redir\.net", "/link", ("url",)),
    _Wrapper("a redirect", r"(?:www\.)?youtube\.com", r"/redirect$", ("q",)),
    _Wrapper("a redirect", r"t\.umblr\.com|href\.li", "/", ("z", "t")),
    _Wrapper("a redirect", r"out\.reddit\.com|(?:away\.)?vk\.com", r"/(?:t3_|away)", ("url", "to")),
    _Wrapper("a redirect", r"(?:r\.)?search\.yahoo\.com", r"/.*/RU=", read=lambda parts: unquote((re.search(r"/RU=([^/]+)", parts.path) or ["", ""])[1])),
    _Wrapper("a redirect", r"(?:www\.)?bing\.com", r"/ck/a", read=lambda parts: _from_base64(dict(parse_qsl(parts.query)).get("u", "")[2:])),
    _Wrapper("a redirect", r"(?:html\.)?duckduckgo\.com", r"/l/", ("uddg",)),
    _Wrapper("a redirect", r"disq\.us", "/url", ("url",)),
    # What mailing tools count clicks with: the recipient stands in the address.
    _Wrapper("Substack's click counter", r"(?:.+\.)?substack\.com", r"/redirect/", read=_in_json),
    _Wrapper("Substack's click counter", r"(?:email\.mg\d*\.)?substack\.com|.*\.substackmail\.com", r"/c/"),
    _Wrapper("Mandrill's click counter", r"(?:.+\.)?mandrillapp\.com", r"/track/", read=_in_json),
    _Wrapper("Mailchimp's click counter", r"(?:.+\.)?list-manage\d*\.com", r"/track/|/(?:unsubscribe|profile|vcard)"),
    _Wrapper("Kit's click counter", r"(?:.+\.)?(?:convertkit-mail\d*|kit-mail\d*)\.com", read=_in_path),
    _Wrapper("Mailjet's click counter", r"(?:.+\.)?mjt\.lu", r"/lnk/|/unsub", read=_in_path),
    _Wrapper("SendGrid's click counter", r".+", r"/(?:ls|wf|ss)/(?:click|c|o)\b|/asm/|/uni/.+", needs=r"(?:^|&)upn="),
    _Wrapper("SendGrid's click counter", r".+", r"/ss/c/u?[0-9A-Za-z._-]{20,}"),
    _Wrapper("SendGrid's click counter", r"(?:.+\.)?(?:ct\.)?sendgrid\.(?:net|com)", r"/(?:ls|wf|asm|uni)/"),
    _Wrapper("HubSpot's click counter", r".+\.(?:hubspotlinks(?:starter|free)?\.com|hs-sites[0-9a-z-]*\.com|hubspotemail\.net)|.+", r"/(?:Ctc|e3t|events/public)/"),
    _Wrapper("Campaign Monitor's click counter", r"(?:.+\.)?(?:cmail\d*|createsend\d*|confirmsubscription)\.com", r"/t/"),
    _Wrapper("Constant Contact's click counter", r"r\d*\.rs6\.net|(?:.+\.)?constantcontact\.com", r"/(?:tn|on)\.jsp|/lt\.php"),
    _Wrapper("ActiveCampaign's click counter", r".+", r"(?:/.*)?/(?:lt|proc)\.php", needs=r"(?:^|&)(?:notrack|nl|c|s|x|act|tid)="),
    _Wrapper("Brevo's click counter", r"(?:.+\.)?(?:sendib[a-z]*\d*|sibmail|brevo[a-z]*)\.com|.+", r"/(?:mk|tr)/(?:cl|op|un|mr)/"),
    _Wrapper("MailerLite's click counter", r"(?:click|preview)\.(?:mlsend\d*|mailerlite)\.com|(?:.+\.)?ml(?:send|lnk)\.com", r"/link/|/c/", read=_in_path),
    _Wrapper("NationBuilder's click counter", r".+\.nationbuilder\.com|.+", r"/r$", ("u",), needs=r"(?:^|&)e=[0-9a-f]{16,}"),
    _Wrapper("Ghost's click counter", r".+", r"/r/[0-9a-f]{6,}", needs=r"(?:^|&)m=[0-9a-f-]{30,}"),
    _Wrapper("Mautic's click counter", r".+", r"(?:/.*)?/r/[0-9a-z]{10,}", needs=r"(?:^|&)ct="),
    _Wrapper("CiviMail's click counter", r".+", r".*/(?:civicrm/mailing/(?:url|optout|unsubscribe|view)|extern/url\.php)", needs=r"(?:^|&)(?:amp;)?(?:qid|q)="),
    _Wrapper("phpList's click counter", r".+", r".*/lists?/(?:lt|ut|dl)\.php|.*/lt/[A-Za-z0-9_-]{15,}"),
    _Wrapper("listmonk's click counter", r".+", r"/(?:link|campaign|subscription)/[0-9a-f]{8}-[0-9a-f-]{27}/[0-9a-f]{8}-[0-9a-f-]{27}"),
    _Wrapper("Mailgun's click counter", r"(?:email|click|mg|links?|track(?:ing)?)\..+", r"/c/eJ[A-Za-z0-9_-]{20,}"),
    _Wrapper("Sendy's click counter", r".+", r"(?:/.*)?/(?:l|w|unsubscribe)/[A-Za-z0-9]{10,}/[A-Za-z0-9]{10,}/[A-Za-z0-9]{10,}"),
    _Wrapper("EveryAction's click counter", r"click\.(?:everyaction|ngpvan)\.com|secure\.ngpvan\.com", r"/(?:k|v|j)/"),
    _Wrapper("Salesforce's click counter", r"(?:click|cl|view|pages)\.[a-z0-9.-]+", r"/(?:u/)?$", needs=r"^qs=[0-9a-f]{20,}"),
    _Wrapper("Beehiiv's click counter", r"(?:link\.(?:mail|com)\.beehiiv\.com|.*\.beehiiv\.com)", r"/(?:ss/c|v1/c|c)/"),
    _Wrapper("Klaviyo's click counter", r"(?:trk|ctrk|click)\.klclick\d*\.com|.+\.klaviyomail\.com", r"/"),
    _Wrapper("a click counter", rf"{_COUNTERS}\..+", r"(?:/.*)?/(?=[^/]*\d)(?=[^/]*[A-Za-z])[\w.~%=-]{24,}", parameters=_TARGETS, read=_in_path),
    _Wrapper("a click counter", rf"{_COUNTERS}\..+", parameters=_TARGETS, needs=rf"(?:^|&)(?:{'|'.join(_TARGETS)})=https?(?:%3A|:)"),
    _Wrapper("a click counter", r".+", r"(?:/.*)?/(?:track/click|clickthru|clicktrack(?:er)?|trackclick|linkclick|click\.php|redirect\.php|email/click)\b", _TARGETS),
)  # fmt: skip

# Parameters by which a tool knows who clicked; they say nothing about where a link leads.
_MARKS = frozenset(
    "mc_eid _hsenc __hssc __hstc __hsfp mkt_tok vero_id oly_enc_id oly_anon_id ck_subscriber_id ck_subscriber _ke _kx dm_i "
    "spmailingid spuserid spjobid spreportid nvep hmac emdi fbclid gclid gbraid wbraid msclkid igshid igsh twclid "
    "mibextid wickedid rb_clickid s_kwcid ml_subscriber ml_subscriber_hash sc_uid bsft_uid bsft_eid bsft_clkid "
    "sib_cid goal_subscriber email_referrer akid aktmid __s trk_contact trk_msg trk_sid rdt_cid sfmc_id sfmc_sub "
    "subscriber_hash subscriber_id _bhlid _bta_tid _bta_c iterable_campaign civimail_x_q cs_email".split()
)


def without_marks(address: str) -> str:
    """Take out the parameters of `address` that tell a tool who clicked; all others stay letter by letter."""
    parts = _split(address)
    if parts is None or not parts.query:
        return address
    pieces = parts.query.split("&")
    kept = [each for each in pieces if each.removeprefix("amp;").partition("=")[0].lower() not in _MARKS]
    if len(kept) == len(pieces):
        return address
    return urlunsplit(parts._replace(query="&".join(kept)))


_NO_DOMAINS = frozenset("png jpg jpeg gif webp svg avif css js html htm pdf json mp4 webm".split())


def address_in(link: str) -> str:
    """Find an email address in the address of a page: somebody's, who would be named to every reader. Empty if none.

    A handle such as /@ada@social.example, a file such as map@2x.png and the address of a public list's archive are none.
    """
    parts = _split(link)
    if parts is None:
        return ""
    if parts.username and "." in (parts.hostname or ""):
        return f"{parts.username}@{parts.hostname}"
    rest = link.split(parts.netloc, 1)[-1]
    for text in _read_through(rest):
        for found in re.finditer(r"(?<![\w.@+-])([\w.+'-]{1,64}@(?:[\w-]{1,63}\.){1,8}[A-Za-z]{2,24})(?![\w-])", text):
            is_handle = text[: found.start()].endswith("@")
            is_file = found[1].rpartition(".")[2].lower() in _NO_DOMAINS or re.search(r"@\d", found[1])
            is_list = re.search(r"/(?:archives/)?lists?/$", text[: found.start()])
            if not (is_handle or is_file or is_list):
                return found[1]
    return ""


def _read_through(text: str) -> Iterator[str]:
    """Yield `text` as it stands, decoded once, decoded twice, and what stands in it as base64."""
    seen = text
    for _ in range(3):
        yield seen
        decoded = unquote(seen)
        if decoded == seen:
            break
        seen = decoded
    for piece in re.findall(r"[A-Za-z0-9_+-]{16,400}", unquote(text)):
        plain = _from_base64(piece)
        if "@" in plain and plain.isprintable():
            yield plain
