"""The door to premailer. In: the article's HTML and its CSS. Out: the same HTML with the CSS inline.

Only the article passes through it: the frame that MJML makes has its styles inline, and premailer would spoil it.
"""

import logging


def inline(html: str, css: str) -> str:
    """Write the rules of `css` into style attributes; nothing is fetched."""
    # Because importing it takes 80 ms, which only a command that compiles should pay.
    from premailer import Premailer

    premailer = Premailer(
        f"<body>{html}</body>",
        css_text=css,
        disable_leftover_css=True,
        disable_basic_attributes=["width", "height", "bgcolor", "align", "valign"],
        remove_classes=False,
        strip_important=False,
        keep_style_tags=True,
        disable_link_rewrites=True,
        allow_network=False,
        allow_loading_external_files=False,
        cssutils_logging_level=logging.CRITICAL,
        disable_validation=True,
    )
    inlined: str = premailer.transform()
    start = inlined.index("<body>") + len("<body>")
    return inlined[start : inlined.rindex("</body>")]
