"""G1 to G21 over posts of our own, of each kind there is. What each number asks for stands in ``judge.py``."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import mean

import pytest

from newsletter.sources import Material, read_source
from newsletter.theme import template_folders, themes
from tests.quality.__main__ import main
from tests.quality.judge import RULES, Case, f1, html_words, in_order
from tests.quality.making import mail_of

TESTS = Path(__file__).parents[1]
OWN = Path(__file__).parent / "posts"
POSTS = [*sorted(TESTS.glob("golden/*/post.*")), *sorted((TESTS.parent / "newsletter" / "demo").glob("*.md"))]
SOURCES = sorted(path for path in OWN.iterdir() if "_expected" not in path.name)
THEMES = themes(template_folders(None))


def faults(made: Sequence[Case]) -> list[tuple[str, str, str]]:
    return [(case.name, number, fault) for case in made for number, rule in RULES.items() for fault in rule(case)]


@pytest.mark.parametrize("path", POSTS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_post_becomes_what_every_number_asks_for_in_every_theme(path: Path) -> None:
    assert faults([Case(theme, *mail_of(path, theme)) for theme in THEMES]) == []


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_what_comes_from_elsewhere_becomes_what_every_number_asks_for_in_every_theme(
    path: Path, judged: Callable[..., list[Case]]
) -> None:
    made = judged(path, THEMES)
    assert len(made) >= len(THEMES)
    assert faults(made) == []


def test_g11_a_pasted_letter_keeps_its_items_and_loses_the_page() -> None:
    path = OWN / "letter_source.txt"
    draft = read_source(Material(path.name, path.read_bytes()))
    assert draft.title == "Open letter – the ferry, and five reasons for cake"
    assert "\xa0" not in draft.title + draft.body
    assert draft.body.count("\n## Good news item ") == 4
    assert draft.body.count("\n- Appendix") == 2
    assert sorted(need.what for need in draft.needs) == ["link"] * 5
    assert len(draft.dropped) == 8


@pytest.mark.parametrize("pair", ["letter", "wordpress"])
def test_g12_g13_an_article_is_told_from_its_page(pair: str, judged: Callable[..., list[Case]]) -> None:
    (path,) = OWN.glob(f"{pair}_source.*")
    (case,) = judged(path)
    assert case.words is not None
    title = len(case.post.title.split())
    assert f1(case.words, html_words(case)[title:]) >= 0.97


def test_g13_lists_emphasis_and_tables_of_a_page_are_kept(judged: Callable[..., list[Case]]) -> None:
    (case,) = judged(OWN / "wordpress_source.html")
    kept = {tag: len(list(case.article.iter(tag))) for tag in ("ol", "em", "table")}
    assert kept == {"ol": 1, "em": 2, "table": 1}


def test_the_judge_is_not_blind(judged: Callable[..., list[Case]]) -> None:
    """A judge that finds no fault in a spoilt mail is no judge: words lost, swapped, links gone."""
    (case,) = judged(OWN / "hugo.md")
    assert case.words is not None
    half = case.words[: len(case.words) // 2]
    assert mean([in_order(case.words, half), in_order(case.words, case.words[::-1])]) < 0.6
    assert in_order(case.words, case.words) == 1
    spoilt = Case(
        "x",
        case.post,
        case.email,
        [*case.words, *["words", "that", "were", "lost", "on", "the", "way"]],
        ["https://lost.example/"],
    )
    broken = replace(case.email, text=case.email.text.replace("https://", "https:\n//"))
    assert any(fault.endswith("is broken") for fault in RULES["G15"](Case("x", case.post, broken)))
    assert list(RULES["G14"](spoilt))
    assert len(list(RULES["G14-links"](spoilt))) == 2


def test_a_folder_of_posts_can_be_judged_at_a_terminal(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "empty.md").write_text("")
    assert main([str(OWN)]) == 0
    assert "faults: none" in capsys.readouterr().out
    assert main([str(tmp_path)]) == 0
    assert "refused  empty.md" in capsys.readouterr().out
