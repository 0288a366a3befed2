"""Cards of Ghost, Notion, Substack and WordPress become what they mean; lists of Word and Google Docs keep their levels."""

# ruff: noqa: E501  because sources stand here as they come, in one line

from collections.abc import Callable

from newsletter.sources import Draft

CARDS = {
    "a bookmark of Ghost": (
        "<figure class='kg-card kg-bookmark-card'><a class='kg-bookmark-container' href='https://e.example/m'><div class='kg-bookmark-content'><div class='kg-bookmark-title'>Minutes</div><div class='kg-bookmark-description'>What was said.</div><div class='kg-bookmark-metadata'><img class='kg-bookmark-icon' src='https://e.example/i.ico'><span class='kg-bookmark-author'>Council</span></div></div><div class='kg-bookmark-thumbnail'><img src='https://e.example/t.png' alt=''></div></a></figure>",
        "[![](https://e.example/t.png) **Minutes** What was said. Council](https://e.example/m)",
    ),
    "a bookmark of Notion": (
        "<figure><a href='https://e.example/m' class='bookmark source'><div class='bookmark-info'><div class='bookmark-text'><div class='bookmark-title'>Minutes</div><div class='bookmark-description'>What was said.</div></div><div class='bookmark-href'><img src='https://e.example/i.ico' class='icon bookmark-icon'>https://e.example/m</div></div><img src='https://e.example/t.png' class='bookmark-image'></a></figure>",
        "[![](https://e.example/t.png) **Minutes** What was said.](https://e.example/m)",
    ),
    "a callout of Ghost": (
        "<div class='kg-card kg-callout-card kg-callout-card-blue'><div class='kg-callout-emoji'>💡</div><div class='kg-callout-text'>Bring <b>boots</b>.</div></div>",
        "> [!TIP]\n> Bring **boots**.",
    ),
    "a callout of Notion": (
        "<figure class='callout'><div style='font-size:1.5em'><span class='icon'>⚠️</span></div><div style='width:100%'>Mind the ice.</div></figure>",
        "> [!WARNING]\n> Mind the ice.",
    ),
    "a file of Ghost": (
        "<div class='kg-card kg-file-card'><a class='kg-file-card-container' href='https://e.example/p.pdf'><div class='kg-file-card-contents'><div class='kg-file-card-title'>Plan</div><div class='kg-file-card-caption'>Two pages</div><div class='kg-file-card-metadata'><div class='kg-file-card-filename'>p.pdf</div><div class='kg-file-card-filesize'>120 KB</div></div></div></a></div>",
        "[Plan (p.pdf, 120 KB)](https://e.example/p.pdf)\n\nTwo pages",
    ),
    "a toggle": (
        "<div class='kg-card kg-toggle-card'><div class='kg-toggle-heading'><h4 class='kg-toggle-heading-text'>Who pays?</h4><button><svg></svg></button></div><div class='kg-toggle-content'><p>The council.</p></div></div>",
        "#### Who pays?\n\nThe council.",
    ),
    "a toggle of Notion": (
        "<details open><summary>Who can come</summary><p>Everybody.</p></details>",
        "**Who can come**\n\nEverybody.",
    ),
    "a player": (
        "<div class='kg-card kg-audio-card'><img class='kg-audio-thumbnail' alt='audio-thumbnail'><div><audio src='https://e.example/f.mp3'></audio><div class='kg-audio-title'>Frogs</div><span class='kg-audio-current-time'>0:00</span><button>1x</button></div></div>",
        'Frogs\n\n<audio src="https://e.example/f.mp3" title="Frogs"></audio>',
    ),
    "boxes to tick": (
        "<ul class='to-do-list'><li><div class='checkbox checkbox-off'></div> <span>paint</span></li></ul><ul class='to-do-list'><li><div class='checkbox checkbox-on'></div> <span>dry</span></li></ul>",
        "- [ ] paint\n- [x] dry",
    ),
    "a footnote": (
        "<p>Frogs<a class='footnote-anchor' id='footnote-anchor-1' href='#footnote-1'>1</a>.</p><div class='footnote'><a id='footnote-1' href='#footnote-anchor-1' class='footnote-number'>1</a><div class='footnote-content'><p>Survey.</p></div></div>",
        "Frogs[^1].\n\n[^1]: Survey.",
    ),
    "a footnote of WordPress": (
        "<p>Frogs<sup class='fn'><a href='#u1' id='u1-link'>1</a></sup>.</p><ol class='wp-block-footnotes'><li id='u1'>Survey. <a href='#u1-link'>↩︎</a></li></ol>",
        "Frogs[^1].\n\n[^1]: Survey.",
    ),
    "an embedded post": (
        '<div class=\'digest-post-embed\' data-attrs=\'{"canonical_url":"https://e.example/o","title":"An older one"}\'></div>',
        "[An older one](https://e.example/o)",
    ),
    "a picture that leads to itself": (
        "<a class='image-link' href='https://e.example/x.png'><img src='https://e.example/x.png' alt='X'></a>",
        "![X](https://e.example/x.png)",
    ),
}


def test_a_card_becomes_what_it_means(add: Callable[..., Draft]) -> None:
    for name, (card, written) in CARDS.items():
        assert (name, add(f"<p>Words before.</p>{card}", "card.html").body) == (name, f"Words before.\n\n{written}\n")


def test_invitations_to_subscribe_are_furniture(add: Callable[..., Draft]) -> None:
    widget = "<div class='subscription-widget-wrap'><div class='subscription-widget'><p>Thanks for reading!</p><form><input type='submit' value='x'></form></div></div>"
    button = "<p class='button-wrapper'><a class='button primary' href='https://e.example/subscribe?'><span>Subscribe now</span></a></p>"
    kept = "<p class='button-wrapper'><a class='button primary' href='https://e.example/petition'><span>Sign it</span></a></p>"
    draft = add(f"<p>Words.</p>{widget}{button}{kept}", "post.html")
    assert draft.body == "Words.\n\n[**Sign it**](https://e.example/petition)\n"
    assert [left.words for left in draft.dropped] == ["Thanks for reading!", "Subscribe now"]


def item(level: int, mark: str, words: str, list_id: int = 0) -> str:
    return f"<p class=MsoListParagraph style='mso-list:l{list_id} level{level} lfo1'><![if !supportLists]><span style='mso-list:Ignore'>{mark}<span>&nbsp; </span></span><![endif]>{words}</p>"


def test_lists_of_word_keep_their_levels_and_numbers(add: Callable[..., Draft]) -> None:
    bullets = "".join(
        [
            item(1, "·", "a"),
            item(2, "o", "b"),
            item(3, "§", "c"),
            item(4, "·", "d"),
            item(2, "o", "e"),
            item(1, "·", "f"),
        ]
    )
    numbers = "".join([item(1, "3.", "x", 1), item(2, "a.", "y", 1), item(3, "i)", "z", 1), item(1, "4.", "w", 1)])
    draft = add(
        f"<html><body><p class=MsoNormal>Now:</p>{bullets}<p class=MsoNormal>In order:</p>{numbers}</body></html>",
        "w.html",
    )
    assert (
        draft.body
        == "Now:\n\n- a\n  - b\n    - c\n      - d\n  - e\n- f\n\nIn order:\n\n3. x\n   1. y\n      1. z\n4. w\n"
    )


def test_lists_of_google_docs_and_of_word_on_the_web_keep_their_levels(add: Callable[..., Draft]) -> None:
    google = "".join(
        f"<ul class='c1 lst-kix_abc-{level} start'><li class='c2'><span>{words}</span></li></ul>"
        for level, words in ((0, "a"), (1, "b"), (1, "c"), (2, "d"), (0, "e"))
    )
    web = "".join(
        f"<div class='ListContainerWrapper SCXW1'><ul><li data-aria-level='{level}' data-listid='1'><p>{words}</p></li></ul></div>"
        for level, words in ((1, "a"), (2, "b"), (2, "c"), (3, "d"), (1, "e"))
    )
    for page in (google, web):
        assert (
            add(f"<html><body><p>Now:</p>{page}</body></html>", "g.html").body
            == "Now:\n\n- a\n  - b\n  - c\n    - d\n- e\n"
        )


def test_a_first_row_in_bold_heads_a_table(add: Callable[..., Draft]) -> None:
    rows = "<tr><td><b>Who</b></td><td><p><b>What</b></p></td></tr><tr><td>Ann</td><td>gate</td></tr>"
    assert add(f"<p>x y</p><table class=MsoTableGrid>{rows}</table>", "t.html").body.endswith(
        "| Who | What |\n| --- | --- |\n| Ann | gate |\n"
    )


def test_a_poll_is_not_lost_without_a_word(add: Callable[..., Draft]) -> None:
    poll = "<div class='poll-embed' data-attrs='{\"id\":1}' data-component-name='PollToDOM'></div>"
    draft = add(f"<p>Which colour for the bench?</p>{poll}<p>Tell us.</p>", "p.html")
    assert ("poll", "Which colour for the bench?") in [(need.what, need.words) for need in draft.needs]
