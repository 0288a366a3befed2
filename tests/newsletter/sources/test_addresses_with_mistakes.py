"""Addresses that urllib cannot read, name servers that do not answer, and code with a break in it."""

import socket
import time
from collections.abc import Callable

import pytest

from newsletter.errors import FetchRefused
from newsletter.sources import Draft
from newsletter.sources.acquire import with_pictures
from newsletter.sources.draft import Draft as Made
from newsletter.sources.fetch import Limits, fetch, public_addresses


def test_a_picture_whose_address_has_a_mistake_ends_no_import() -> None:
    body = "![A](http://[) and ![B](http://[::1/b.png) and ![C](//[)\n"
    draft = Made("page", "T", body, base_url="https://example.org/")
    assert with_pictures(draft).body == body


def test_a_redirect_to_no_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("newsletter.sources.fetch._once", lambda *_: (None, "http://["))
    with pytest.raises(FetchRefused, match="which is no address"):
        fetch("https://example.org/")


def test_a_name_server_that_does_not_answer_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: time.sleep(30))
    began = time.monotonic()
    with pytest.raises(FetchRefused, match="name server does not answer"):
        public_addresses("slow.example.org", 443, Limits(seconds=0.05))
    assert time.monotonic() - began < 20


def test_words_beside_a_break_in_code_do_not_join(add: Callable[..., Draft]) -> None:
    page = "<!doctype html><title>T</title><article><p>Run <code>first<br>second</code>.</p></article>"
    assert "`first second`" in add(page).body
