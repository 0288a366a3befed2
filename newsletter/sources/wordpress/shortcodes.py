"""WordPress's own markup becomes HTML. In: the content of a post as it is stored. Out: paragraphs, figures, players.

WordPress makes paragraphs of blank lines only when it shows a post, and replaces [caption], [embed] and their like.
"""

import re
from dataclasses import dataclass
from html import escape, unescape

_CODE = re.compile(r"\[(/?)([a-z][a-z0-9_-]{2,30})(?=[\s\]/=])([^\[\]\n]{0,2000})\]", re.IGNORECASE)
_KNOWN = frozenset(
    "audio video gallery playlist embed caption wp_caption youtube vimeo contact-form contact-form-7 tweet twitter "
    "googlemaps slideshow soundcloud wpvideo videopress dailymotion instagram polldaddy poll archives products product "
    "recent-posts sitemap button row column columns one_half tabs tab accordion toggle vc_row vc_column vc_column_text "
    "et_pb_section et_pb_row et_pb_column et_pb_text et_pb_image su_button gravityform ninja_form mailchimp mc4wp_form "
    "formidable wpforms wpdm_package fusion_builder_container fusion_text latest_posts smartslider3 elementor-template "
    "rev_slider tribe_events addtoany sharethis raw quote pullquote blockquote code sourcecode gist".split()
)
_BLOCK = (
    r"(?:p|div|h[1-6]|ul|ol|li|dl|dt|dd|table|thead|tbody|tfoot|tr|td|th|pre|blockquote|figure|figcaption|form|"
    r"hr|address|section|article|aside|header|footer|nav|iframe|style|script|video|audio|details|summary|!--)"
)
_ADDRESS = re.compile(
    r"""(?:src|mp4|m4v|webm|ogv|ogg|mp3|m4a|wav|url|href)\s*=\s*["']?(https?://[^\s"'\]]+)|(https?://[^\s"'\]]+)"""
)


@dataclass(frozen=True, slots=True)
class Expanded:
    """HTML, and the shortcodes that nothing could be put in the place of."""

    html: str
    unknown: tuple[str, ...]


def expand(content: str) -> Expanded:
    """Make HTML of stored content."""
    content = content.replace("\r\n", "\n").replace("\r", "\n")
    content = re.sub(r"<(pre|code)\b.*?</\1>", _brackets_kept, content, flags=re.DOTALL | re.IGNORECASE)
    content = re.sub(r"\[(?:wp_)?caption([^\]]*)\](.*?)\[/(?:wp_)?caption\]", _caption, content, flags=re.DOTALL)
    content = re.sub(
        r"\[embed[^\]]*\](.*?)\[/embed\]", lambda match: _player("embed", match[1]), content, flags=re.DOTALL
    )
    unknown: list[str] = []
    content = _CODE.sub(lambda match: _shortcode(match, unknown), content)
    content = re.sub(r"^\s*(https?://\S+)\s*$", _bare_address, content, flags=re.MULTILINE)
    if "<!-- wp:" not in content:
        content = _paragraphs(content)
    return Expanded(
        re.sub(r"<!-- /?wp:.*?-->|<!--(?:more|nextpage|noteaser).*?-->", "", content, flags=re.DOTALL), tuple(unknown)
    )


def _brackets_kept(code: re.Match[str]) -> str:
    """Write brackets in code so that they are read, and not run."""
    return code[0].replace("[", "&#91;")


def _caption(match: re.Match[str]) -> str:
    attribute = re.search(r"caption\s*=\s*\"([^\"]*)\"", match[1])
    inner = match[2].strip()
    image = re.match(r"(?:<a\b[^>]*>\s*)?<img\b[^>]*>(?:\s*</a>)?", inner)
    said = attribute[1] if attribute else inner[image.end() :].strip() if image else ""
    picture = image[0] if image else inner
    return f"\n\n<figure>{picture}<figcaption>{said}</figcaption></figure>\n\n"


def _shortcode(match: re.Match[str], unknown: list[str]) -> str:
    closes, name, inside = match[1], match[2].lower(), match[3]
    if name not in _KNOWN:
        return match[0] if "=" not in inside or closes else _reported(match[0], unknown)
    if closes:
        return ""
    player = _player(name, inside)
    return player or _reported(match[0], unknown)


def _reported(code: str, unknown: list[str]) -> str:
    unknown.append(code)
    return ""


def _player(name: str, inside: str) -> str:
    found = _ADDRESS.search(inside)
    if not found:
        return ""
    address = escape(unescape(found[1] or found[2]))
    tag = {"audio": "audio", "video": "video", "wpvideo": "video"}.get(name, "iframe")
    return f'\n\n<{tag} src="{address}"></{tag}>\n\n'


_WATCHED = re.compile(
    r"https?://(?:www\.)?(?:youtube\.com/watch|youtu\.be/|vimeo\.com/\d|dailymotion\.com/video|soundcloud\.com/|ted\.com/talks)"
)


def _bare_address(match: re.Match[str]) -> str:
    """Make a player of an address alone on a line, as WordPress does for the places it knows; others become links."""
    address = escape(unescape(match[1]))
    return (
        f'\n\n<iframe src="{address}"></iframe>\n\n'
        if _WATCHED.match(match[1])
        else f'\n\n<a href="{address}">{address}</a>\n\n'
    )


def _paragraphs(content: str) -> str:
    """Make paragraphs of what blank lines separate, and breaks of line ends, outside blocks."""
    kept: list[str] = []

    def keep(match: re.Match[str]) -> str:
        kept.append(match[0])
        return f"\n\n\ue200{len(kept) - 1}\ue201\n\n"

    content = re.sub(
        r"<pre\b.*?</pre>|<script\b.*?</script>|<style\b.*?</style>|<table\b.*?</table>",
        keep,
        content,
        flags=re.DOTALL | re.IGNORECASE,
    )
    content = re.sub(rf"(<{_BLOCK}\b[^>]*>)", r"\n\n\1", content, flags=re.IGNORECASE)
    content = re.sub(rf"(</{_BLOCK}>|<hr\b[^>]*>)", r"\1\n\n", content, flags=re.IGNORECASE)
    pieces = [piece.strip("\n") for piece in re.split(r"\n\s*\n", content) if piece.strip()]
    made = [
        piece if re.match(rf"\s*(?:</?{_BLOCK}\b|\ue200)", piece, re.IGNORECASE) else f"<p>{_broken(piece)}</p>"
        for piece in pieces
    ]
    return re.sub("\ue200(\\d+)\ue201", lambda match: kept[int(match[1])], "\n".join(made))


def _broken(piece: str) -> str:
    return re.sub(r"(?<!<br>)(?<!<br/>)(?<!<br />)\n", "<br>\n", piece.strip())
