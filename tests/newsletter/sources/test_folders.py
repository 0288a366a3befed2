"""Posts of Markdown folders: what each site generator leaves in a file, and what its site would have made of it."""

# ruff: noqa: E501  because sources stand here as they come, in one line

from collections.abc import Callable

import pytest

from newsletter.sources import Draft


def test_a_folder_of_hugo_keeps_its_figures_and_the_words_of_its_shortcodes(add: Callable[..., Draft]) -> None:
    text = (
        "---\ntitle: Tide\ndate: 2026-06-03T10:00:00+01:00\nauthors:\n  - name: Ann\n---\n"
        '{{< figure src="/a.jpg" alt="A boat" caption="The boat" >}}\n\n'
        '{{% notice info %}}\nMind the **tide**.\n{{% /notice %}}\n\n{{< button href="https://example.org" >}}Go{{< /button >}}\n'
    )
    draft = add(text, "tide.md")
    assert (draft.title, draft.author, str(draft.date)) == ("Tide", "Ann", "2026-06-03")
    assert "![A boat](/a.jpg)\n\n*The boat*" in draft.body
    assert "Mind the **tide**." in draft.body
    assert "Go" in draft.body
    assert "{{" not in draft.body
    assert any("button" in need.words for need in draft.needs)


def test_a_folder_of_zola_keeps_its_players(add: Callable[..., Draft]) -> None:
    draft = add('+++\ntitle = "Zola"\ndate = 2026-06-03\n+++\nWords {{ youtube(id="abcdef12345") }} more.\n', "z.md")
    assert '<iframe src="https://www.youtube.com/watch?v=abcdef12345"></iframe>' in draft.body
    assert "{{" not in draft.body


def test_a_call_that_only_the_site_could_make_is_left_out_and_named(add: Callable[..., Draft]) -> None:
    draft = add('---\ntitle: E\n---\n{{ card("x") }}\n\nWords.\n', "e.md")
    assert draft.body == "Words.\n"
    assert [left.words for left in draft.dropped] == ['{{ card("x") }}']


def test_a_component_page_loses_its_imports_and_keeps_its_words(add: Callable[..., Draft]) -> None:
    text = "---\ntitle: A\n---\nimport Box from '../components/Box.astro';\n\nThe import from China.\n\n<Box>Inside</Box>\n"
    draft = add(text, "a.mdx")
    assert "components" not in draft.body
    assert "The import from China." in draft.body
    assert "Inside" in draft.body


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("See [[Other note]].", "See Other note."),
        ("See [[Other note#Part|that note]].", "See that note."),
        ("![[boat.png]]", "![](<boat.png>)"),
        ("![[boat.png|300]]", "![](<boat.png>)"),
        ("`[[code]]`", "`[[code]]`"),
        ("* TOC\n{:toc}\n\nWords", "Words"),
        ("- TOC\n- Two", "- TOC\n- Two"),
    ],
)
def test_links_between_notes_become_their_words(add: Callable[..., Draft], written: str, read: str) -> None:
    assert add(f"---\ntitle: N\n---\n{written}\n", "n.md").body.strip() == read
