"""Content that its builder vouches for: whatever people are called, a whole look at the wire would find nothing."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsletter.compiler import CompiledEmail
from newsletter.errors import MessageError
from newsletter.issue import Issue, Letterhead
from newsletter.message import MessageBuilder, Recipient
from newsletter.message.canonical import fault, has_leading_dot

names = st.one_of(st.text(max_size=300), st.sampled_from([".", "..\r\n.\r\n", "From ", "=\r\n.", "x" * 2000]))


@pytest.fixture
def issue(email: CompiledEmail, head: Letterhead, noon: datetime) -> Issue:
    return Issue(1, "good-news", "", noon, 1, 1, email, head)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(first=names, last=names)
def test_no_name_makes_content_unfit_that_was_vouched_for(
    issue: Issue, builder_of: Callable[[Issue], MessageBuilder], first: str, last: str
) -> None:
    try:
        mail = builder_of(issue).build(Recipient(1, 1, "ada@example.org", first, last))
    except MessageError:
        return
    assert mail.plain
    assert fault(mail.content) == ""
    assert not has_leading_dot(mail.content)
    assert mail.content.endswith(b"\r\n")


def test_an_issue_that_is_not_fit_by_itself_is_not_vouched_for(
    issue: Issue, builder_of: Callable[[Issue], MessageBuilder]
) -> None:
    long = replace(issue, letterhead=replace(issue.letterhead, base_url="https://news.example.org/" + "x" * 1000))
    assert not builder_of(long).build(Recipient(1, 1, "ada@example.org")).plain


def test_what_a_gap_is_filled_with_is_fit_beside_anything(
    issue: Issue, builder_of: Callable[[Issue], MessageBuilder]
) -> None:
    gaps = "".join(f"\ue000first_name|{n}\ue001." for n in range(3))
    mail = builder_of(replace(issue, email=replace(issue.email, text=gaps, html=gaps))).build(
        Recipient(1, 1, "ada@example.org", ".")
    )
    assert mail.plain
    assert not has_leading_dot(mail.content)
