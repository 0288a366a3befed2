"""Where each rule of the check begins and ends: what is found, beside the nearest thing that is left in peace."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from newsletter.check import missing_address
from newsletter.check.envelope import frame_findings
from newsletter.compiler import CompiledEmail, Finding
from newsletter.publish import Published
from newsletter.settings import Settings

Look = Callable[..., list[Finding]]
ENCLOSED = Published("plan.pdf", "plan-0123456789ab.pdf", "/f/plan-0123456789ab.pdf", b"%PDF")
WORDS = "Some words of a post. " * 8
A = "https://example.org/a"
ARABIC, HEBREW = "الحديقة مفتوحة كل يوم اثنين صباحا. ", "הגן פתוח בכל יום שני בבוקר. "
RUSSIAN, CHINESE = "Сад открыт каждый понедельник утром. ", "花园每周一早上开放，欢迎大家来参加活动。"
GREEK = "Ο κήπος είναι ανοιχτός. "
FRENCH = "Le jardin est ouvert et les enfants sont avec nous dans une fête pour la ville. "
GERMAN = "Der Garten ist offen und die Kinder sind mit uns, auch wenn das Wetter nicht gut ist. "
SPANISH = "El jardín está abierto y los niños que se van con una flor para su casa. "
POLISH = "Ogród jest otwarty i nie ma go na mapie, bo do tego się nie da z nami. "
ENGLISH = "The garden is open and the children are with us, as it is for all of you on the day. "


def said(findings: list[Finding]) -> str:
    return "\n".join(finding.message for finding in findings)


LINKS = [
    ("is a javascript: address", '<a href="javascript:go()">the plan</a>', f'<a href="{A}">the plan</a>'),
    ("is a blob: address", '<a href="blob:x">the plan</a>', f'<a href="{A}?x=blob:">the plan</a>'),
    (
        "is a javascript: address",
        '<a href="javascript:go()"><img src="https://example.org/a.png" alt="A tree"></a>',
        f'<a href="{A}"><img src="https://example.org/a.png" alt="A tree"></a>',
    ),
    ("only your own network", "[the plan](http://intranet/plan)", "[the plan](http://intranet.example.org/plan)"),
    ("only your own network", "[the plan](http://nas.home.arpa/plan)", "[the plan](https://home.arpa.example.org/)"),
    ("only your own network", "[![A tree](https://example.org/a.png)](http://printer/)", f"[the plan]({A})"),
    ("other text beside it", f"Please [sign now]({A}){{.button}} today.", f"[Sign now]({A}){{.button}}"),
    ("other text beside it", f"[Sign now]({A}){{.button}} by Friday", f"[Sign now]({A}) by Friday"),
    ("more than 40 letters", f"[{'Sign the letter ' * 3}]({A}){{.button}}", f"[Sign]({A}){{:.button}}"),
    ("a mark of another program", "![A tree](https://example.org/a.png){width=200}", "{width} of the path is 200"),
    ("a mark of another program", f"[the plan]({A}){{target=_blank .wide}}", f"[the plan]({A}) {{see page 2}}"),
    ("a mark of another program", "## The plan {#plan}", "## The plan {2026}"),
    ("lead to different places", f"[The plan]({A}) [the plan]({A}b)", f"[The plan]({A}) [the plan]({A})"),
    ("lead to different places", f"[a plan]({A}) [a plan]({A}b)", f"[here]({A}) [here]({A}b)"),
    ("screen readers spell out", f"<{A}{'a' * 40}>", f"<{A}{'a' * 39}>"),
    ("screen readers spell out", f"<{A}{'a' * 60}>", f"[{'of the plan ' * 9}]({A})"),
    ("screen readers spell out", f"<{A}{'a' * 60}>", f"[{A}{'a' * 60}]({A}{'a' * 61})"),
    ("a mistake in it", '<a href="https://[::1/a">the plan</a>', f'<a href="{A}">the plan</a>'),
    ("does not work without https://", "[the plan](http:///a)", f"[the plan]({A})"),
    ("leads to garden.local", "[the plan](http://garden.local/a)", "[the plan](https://garden.local.example.org/a)"),
    ("leads to pi.lan", "[the plan](http://pi.lan/a)", "[the plan](https://pi.land.example.org/a)"),
    ("looks like a link", "<a>the plan</a>", '<a name="plan">the plan</a>'),
    ("looks like a link", "<a>the plan</a>", '<a id="plan">the plan</a>'),
    ("looks like fraud", "<a href='https://b.example/'>https://a.example/ b</a>", "[a.example](https://b.example/)"),
    ("looks like fraud", "[https://a.example/](https://b.example/)", "[https://a.example/](https://www.a.example/b)"),
    (
        "looks like fraud",
        "[https://www.a.example/](https://b.example/)",
        "[https://www.a.example/](https://a.example/)",
    ),
    ("looks like fraud", "[https://a.example/](https://b.example/)", "[://](https://b.example/)"),
    ("names a document", "Appendix 1: the letter", f"Appendix 1: [the letter]({A})"),
]

PICTURES = [
    ("nearly all pictures", f"![A cake]({A}.jpg)\n\n{'word ' * 14}", f"![A cake]({A}.jpg)\n\n{'word ' * 15}"),
    ("does not say what", f"![DSC 0042]({A}.jpg)\n\n{WORDS}", f"![Cake 42]({A}.jpg)\n\n{WORDS}"),
    ("does not say what", f"![garden-party.jpeg]({A}.jpg)\n\n{WORDS}", f"![A garden party]({A}.jpg)\n\n{WORDS}"),
    ("(alt text) of a.jpg is", f"![{'x' * 201}]({A}.jpg)\n\n{WORDS}", f"![{'x' * 200}]({A}.jpg)\n\n{WORDS}"),
    ("picture a.jpg has no description", f"![]({A}.jpg)\n\n{WORDS}", f"![A cake]({A}.jpg)\n\n{WORDS}"),
    ("where its link leads", f"[![]({A}.jpg)]({A})\n\n{WORDS}", f"![]({A}.jpg)\n\n{WORDS}"),
    ("without encryption", f"![A cake](http://example.org/a.jpg)\n\n{WORDS}", f"![A cake]({A}.jpg)\n\n{WORDS}"),
    *(
        (f"a.{kind}: ", f"![A cake]({A}.{kind})\n\n{WORDS}", f"![A cake]({A}.{kind}.png)\n\n{WORDS}")
        for kind in ("svg", "webp", "avif", "heic", "tif", "tiff", "bmp")
    ),
]

OUTLINE = [
    ("words without a heading", "word " * 801, "word " * 800),
    ("words without a heading", "word " * 900, f"## One\n\n{'word ' * 900}"),
    ("look like headings", "**One**\n\na\n\n**Two**\n\nb", "**One**\n\na\n\nb"),
    ("look like headings", "**One**\n\na\n\n<b>Two</b>\n\nb", "**One**\n\na\n\n*Two*\n\nb"),
    ("look like headings", "**One**\n\na\n\n**Two**", "**One**\n\na\n\n**Two** and more"),
    ("look like headings", "**One**\n\na\n\n**Two**", f"**One**\n\na\n\n**[Two]({A})**"),
    ("look like headings", "**One**\n\na\n\n**Two**", "**One**\n\na\n\n**We won.**"),
    ("look like headings", f"**One**\n\na\n\n**{'x' * 79}**", f"**One**\n\na\n\n**{'x' * 80}**"),
    ("look like headings", "**One**\n\na\n\n**Two**", "## Zero\n\n**One**\n\na\n\n**Two**"),
    ("heading without words", "##\n\na", f"## ![A cake]({A}.jpg)\n\n{WORDS}"),
    ("On a phone it fills", f"## {'x' * 121}", f"## {'x' * 120}"),
    ("skips from level", "## One\n\n#### Two", "## One\n\n### Two"),
    ("skips from level", "a\n\n# One\n\n### Two", "a\n\n# One\n\n## Two"),
    ("from level 3 to 5.", "## One\n\n### Two\n\n##### Three", "#### One"),
    ("skips from level 3 to 6", "## One\n\n### Two\n\n###### Three", "## One\n\n### Two\n\n## Three"),
    ("and merged cells", "<table><tr>" + "<td>a</td>" * 4 + '<td rowspan="2">b</td></tr></table>',
     "<table><tr>" + "<td>a</td>" * 5 + "</tr></table>"),
    ("and merged cells", "<table><tr>" + "<td>a</td>" * 4 + '<td colspan="2">b</td></tr></table>',
     "<table><tr>" + "<td>a</td>" * 3 + '<td colspan="2">b</td></tr></table>'),
    ("columns, so a phone", "<table><tr>" + "<td>a</td>" * 5 + "</tr></table>",
     "<table><tr>" + "<td>a</td>" * 4 + "</tr></table>"),
    ("table has no headings", "<table><tr><td>a</td><td>b</td></tr><tr><td>1</td><td>2</td></tr></table>",
     "<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>"),
    ("table has no headings", "<table><tr><th></th><th></th></tr><tr><td>1</td><td>2</td></tr></table>",
     "<table><tr><td>a</td><td>b</td></tr></table>"),
    ("table has no headings", "<table><tr><td>a</td><td>b</td></tr><tr><td>1</td><td>2</td></tr></table>",
     "<table><tr><td>a</td></tr><tr><td>1</td></tr></table>"),
    ("the colour red of", '<font color="red">faint</font>', '<font size="1">faint</font>'),
    ("the colour #eee of", '<table><tr><td bgcolor="#eee">a</td></tr></table>', "<table><tr><td>a</td></tr></table>"),
    ("the colour red of", '<p style="color: red">faint</p>', '<p style="color: red"></p>\n\nwords'),
]  # fmt: skip

RESIDUE = [
    ("a tag of a template", "Dear <%= name %>, hello", "Less < % more"),
    ("merge tag of another program", "Dear [[NAME]], hello", "See [[1]] and [2]"),
    ("merge tag of another program", "Dear ${user.name}, hello", "It costs $20 {a lot}"),
    ("a shortcode", '[contact-form-7 id="1"]', "the contact-form"),
    ("a shortcode", "[vc_row]words[/vc_row]", "[a row] words"),
    ("a gap that was never filled", "Dear %s, hello", "It is 20%solid, and 100%s"),
    ("a tag of a template", "Dear {{ name }}, hello", "Dear `{{ name }}`, hello"),
    ("a tag of a template", "Dear {{ name }}, hello", "Dear <kbd>{{ name }}</kbd> <samp>{{ name }}</samp>"),
    ("a tag of a template", "Dear {{ name }}, hello", "<pre>Dear <b>{{ name }}</b></pre>"),
    (
        "a note to yourself",
        "<div><b>TO</b>DO</div>",
        "<div><p>TO</p><p>DO</p></div>",
    ),
    ("a note to yourself", "<div><b>TO</b>DO</div>", "<pre>TODO</pre>"),
    ("a note to yourself", "<code>a</code> TODO", "<code>a <b>b</b> TODO</code>"),
]


@pytest.mark.parametrize(("words", "found", "spared"), [*LINKS, *PICTURES, *OUTLINE, *RESIDUE])
def test_a_rule_finds_what_it_is_for_and_no_more(look: Look, words: str, found: str, spared: str) -> None:
    assert words in said(look(found + "\n"))
    assert words not in said(look(spared + "\n"))


TITLED = "title: Good news\npreheader: x"


@pytest.mark.parametrize(
    ("words", "found", "spared"),
    [
        ("so readers may not see the rest", f"title: {'x' * 101}\npreheader: x", f"title: {'x' * 100}\npreheader: x"),
        ("A phone shows about 40", f"title: {'x' * 61}\npreheader: x", f"title: {'x' * 60}\npreheader: x"),
        ("Inboxes cut it at", f"title: T\npreheader: {'x' * 151}", f"title: T\npreheader: {'x' * 150}"),
        ("shouts", "title: NEWS ABOUT it\npreheader: x", "title: NEWS about it all\npreheader: x"),
        ("shouts", "title: VERY GOOD NEWS from our garden and all the people in it\npreheader: x", TITLED),
        ("shouts", "title: GOOD NEWS\npreheader: x", "title: HURRAH\npreheader: x"),
        ("shouts", "title: NEWS ABOUT it\npreheader: x", "title: NHS TUC and us\npreheader: x"),
        (
            "hardly any mail program shows SVG",
            f"{TITLED}\nbase_url: {A}\nimage: cake.svg",
            f"{TITLED}\nimage: cake.svg",
        ),
        ("hardly any mail program shows SVG", f"{TITLED}\nimage: //example.org/cake.svg", f"{TITLED}\nimage: cake.svg"),
        ("hardly any mail program shows SVG", f"{TITLED}\nimage: {A}.svg", f"{TITLED}\nimage: {A}.jpg"),
    ],
)
def test_so_does_a_rule_about_what_stands_at_the_top(look: Look, words: str, found: str, spared: str) -> None:
    assert words in said(look("Words.\n", f"---\n{found}\n---\n"))
    assert words not in said(look("Words.\n", f"---\n{spared}\n---\n"))


def test_what_is_said_of_the_top_is_said_of_line_1_where_there_is_a_top(look: Look) -> None:
    assert [finding.line for finding in look("Words.\n", "---\ntitle: We won!!!\n---\n")] == [1, 1]
    assert [finding.line for finding in look("Words.\n", "# We won!!!\n\n")] == [None, None]


@pytest.mark.parametrize(
    ("language", "prose", "why"),
    [
        *((each, ARABIC * 3, "in Arabic letters") for each in ("ar", "fa", "ur", "ps", "ckb", "sd", "ug", "ku")),
        *((each, HEBREW * 3, "in Hebrew letters") for each in ("he", "yi")),
        *(
            (each, RUSSIAN * 3, "in Cyrillic letters")
            for each in ("ru", "uk", "bg", "sr", "mk", "be", "kk", "ky", "mn", "tg")
        ),
        *((each, GREEK * 3, "in Greek letters") for each in ("el", "grc")),
        *((each, CHINESE * 3, "in Chinese or Japanese letters") for each in ("zh", "ja", "yue")),
        ("fr", FRENCH * 3, "Put language: fr"),
        ("de", GERMAN * 3, "Put language: de"),
        ("es", SPANISH * 3, "Put language: es"),
        ("pl", POLISH * 3, "Put language: pl"),
    ],
)
def test_words_are_held_against_the_language_they_are_said_to_be_in(
    look: Look, language: str, prose: str, why: str
) -> None:
    assert why in said(look(prose, f"---\n{TITLED}\n---\n"))
    assert why not in said(look(prose, f"---\n{TITLED}\nlanguage: {language}\n---\n"))


@pytest.mark.parametrize(
    "prose",
    [
     "Κήπος ανοιχτός κάθε Δευτέρα το πρωί εδώ", f"{GREEK}{ENGLISH * 3}", FRENCH,
     f"{FRENCH * 3}{ENGLISH * 2}", "xyz " * 57 + "le la les"],
    ids=["few letters", "some letters", "few words", "two languages", "no language"],
)  # fmt: skip
def test_where_the_language_is_not_plain_nothing_is_guessed(look: Look, prose: str) -> None:
    assert "read out wrongly" not in said(look(prose))


def test_a_language_nobody_here_can_tell_is_believed(look: Look) -> None:
    assert "read out wrongly" not in said(look(FRENCH * 3, f"---\n{TITLED}\nlanguage: ht\n---\n"))


def test_words_whose_line_was_broken_are_found_by_how_they_begin(look: Look) -> None:
    assert [each.line for each in look("One.\n\nAppendix 1: the letter\nthat they wrote\n")] == [7]


def test_long_words_are_quoted_short(look: Look) -> None:
    assert f"“{'w' * 60}” skips" in said(look(f"## One\n\n#### {'w' * 60}\n"))
    assert f"“{'word ' * 10}word…” skips" in said(look(f"## One\n\n#### {'word ' * 13}\n"))


def test_a_part_of_a_mail_without_words_is_an_error(email: CompiledEmail) -> None:
    assert "the HTML part is empty" not in said(list(frame_findings(email)))
    assert said(list(frame_findings(replace(email, html=" \n")))) == "the HTML part is empty"
    away = replace(email, text="Read it here: \ue000web_url\ue001")
    assert "the text part has no unsubscribe link" in said(list(frame_findings(away)))


def test_files_without_an_address_are_counted(email: CompiledEmail) -> None:
    one, two = (replace(email, published=(ENCLOSED,) * number) for number in (1, 2))
    assert said(list(missing_address(Settings(), email))) == ""
    assert "links to 1 file of yours" in said(list(missing_address(Settings(), one)))
    assert "links to 2 files of yours" in said(list(missing_address(Settings(), two)))
    assert said(list(missing_address(Settings(base_url="https://news.example.org"), two))) == ""
    assert said(list(missing_address(Settings(files_url="https://files.example.org"), two))) == ""
