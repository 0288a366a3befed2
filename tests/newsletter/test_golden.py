"""Each folder of tests/golden is a post and the mail it becomes; ``pytest --update-golden`` rewrites the mails.

A gap shows as ⟦name|fallback⟧ in the files, because its own two characters are invisible.
"""

from pathlib import Path

import pytest

from newsletter.compiler import CompiledEmail, Furniture, compile_post
from newsletter.post import read_post
from newsletter.publish import Beside
from newsletter.theme import template_folders

CASES = sorted(folder for folder in (Path(__file__).parents[1] / "golden").iterdir() if folder.is_dir())
FURNITURE = Furniture("Gyda’n Gilydd", "12 Heol yr Eglwys, Caerdydd CF10 1AA")


@pytest.fixture(params=CASES, ids=lambda folder: folder.name)
def case(request: pytest.FixtureRequest) -> Path:
    folder: Path = request.param
    return folder


def compiled(case: Path) -> CompiledEmail:
    (post,) = case.glob("post.*")
    written = read_post(post)
    beside = Beside(case, "https://news.example.org/f", written.language)
    return compile_post(written, FURNITURE, template_folders(None), (), beside)


def shown(text: str) -> str:
    return text.replace("\ue000", "⟦").replace("\ue001", "⟧")


def findings(mail: CompiledEmail) -> str:
    return "".join(f"{each.severity} · line {each.line or '–'} · {each.message}\n" for each in mail.findings)


def test_the_mail_is_the_one_that_was_looked_at(case: Path, pytestconfig: pytest.Config) -> None:
    mail = compiled(case)
    parts = {
        "email.html": shown(mail.html),
        "email.txt": shown(f"Subject: {mail.subject}\nPreheader: {mail.preheader}\n\n{mail.text}"),
        "findings.txt": findings(mail),
    }
    for name, text in parts.items():
        if pytestconfig.getoption("--update-golden"):
            (case / name).write_text(text, encoding="utf-8")
        assert (case / name).read_text(encoding="utf-8") == text, f"{case.name}/{name}"


def test_every_case_says_why_it_is_there(case: Path) -> None:
    assert len((case / "why.md").read_text(encoding="utf-8").strip().splitlines()) == 1


def test_the_same_post_makes_the_same_bytes(case: Path) -> None:
    assert compiled(case) == compiled(case)
