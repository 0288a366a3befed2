"""Progress bars and titles of callouts, as authors write them."""

from lxml.html import fragment_fromstring, tostring

from newsletter.compiler.markdown import to_html
from newsletter.compiler.marked import mark, share
from newsletter.languages import speak
from newsletter.theme import template_folders


def test_how_far_it_is_stands_in_numbers_as_people_write_them() -> None:
    for words, at in {
        "340 of 500 signatures": 0.68,
        "12.500 of 25,000": 0.5,
        "1 250 000 of 2 500 000": 0.5,
        "1.5 of 3 million": 0.5,
        "1,5 von 3 Millionen": 0.5,
        "500,000 of 3 million": 1 / 6,
        "900 thousand of 3 million": 0.3,
        "£1.5m of £6m": 0.25,
        "3.5 of 10 km": 0.35,
        "2.5 of 2": 1.0,
        "68 % of all": 0.68,
    }.items():
        found = share(words)
        assert found is not None, words
        assert abs(found - at) < 0.001, words
    for words in ("340 signatures", "many of 0", "3 of 0"):
        assert share(words) is None, words


def test_a_title_in_the_line_of_a_mark_does_not_run_into_the_text_below_it() -> None:
    english = speak(template_folders(None), "en")
    for source, paragraphs in {
        "> [!TIP] Bring a spade\n> The ground is hard.": ["★ Tip", "Bring a spade", "The ground is hard."],
        "> [!TIP] Bring a spade.": ["★ Tip", "Bring a spade."],
        "> [!TIP]\n> Bring\n> a spade.": ["★ Tip", "Bring\na spade."],
        "> [!TIP] Bring a spade\n> *or* a fork.": ["★ Tip", "Bring a spade", "or a fork."],
    }.items():
        root = fragment_fromstring(to_html(source)[0], create_parent="div")
        mark(root, english, "en")
        found = [each.text_content().strip() for each in root.iter("p")]
        assert found == paragraphs, (source, tostring(root))
