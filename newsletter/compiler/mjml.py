"""The door to MJML. In: an MJML document. Out: HTML for mail clients.

mrml drops what it does not know together with its content, so the document holds an opaque word where the article goes.
"""

import re

from mjml import mjml2html

from newsletter.errors import CompileError

_RIGHT_TO_LEFT = (
    ("direction:ltr", "direction:rtl"),
    ("text-align:left", "text-align:right"),
    ('align="left"', 'align="right"'),
)
_KNOWN = frozenset(
    "mjml mj-accordion mj-accordion-element mj-accordion-text mj-accordion-title mj-all mj-attributes "
    "mj-body mj-breakpoint mj-button mj-carousel mj-carousel-image mj-class mj-column mj-divider mj-font "
    "mj-group mj-head mj-hero mj-image mj-navbar mj-navbar-link mj-preview mj-raw mj-section mj-social "
    "mj-social-element mj-spacer mj-style mj-table mj-text mj-title mj-wrapper".split()
)


def to_html(mjml: str, template: str, direction: str = "ltr") -> str:
    """Make `mjml` HTML, set in `direction`; `template` is named in a CompileError."""
    for name in re.findall(r"<(mj[a-z-]*)", mjml):
        if name not in _KNOWN:
            raise CompileError(path=template, why=f"<{name}> is no MJML element; what stands in it would be lost")
    try:
        html = str(mjml2html(mjml, fonts={}, disable_comments=True))
    except (ValueError, RuntimeError, OSError) as error:
        raise CompileError(path=template, why=f"it is not well-formed MJML: {error}") from None
    for left, right in _RIGHT_TO_LEFT if direction == "rtl" else ():
        html = html.replace(left, right)
    return html.replace("<!doctype html>", "<!DOCTYPE html>", 1)
