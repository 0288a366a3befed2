"""S18: a fetch never reaches into our own network, and always ends."""

# ruff: noqa: E501  because sources stand here as they come, in one line

import gzip
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from newsletter.errors import FetchRefused, SourceError
from newsletter.sources import Material, read_source
from newsletter.sources.acquire import acquire
from newsletter.sources.fetch import Limits, fetch, is_public

LOOPBACK = Limits(seconds=5, most_bytes=100_000, allowed=("127.0.0.0/8",))


class Site(BaseHTTPRequestHandler):
    """Answers by path; `stop` ends the slow answers when the test is over."""

    stop = threading.Event()
    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        answer: Callable[[], None] = getattr(self, f"_{self.path.strip('/').partition('?')[0] or 'page'}")
        answer()

    def log_message(self, *_: Any) -> None:
        pass

    def _send(self, body: bytes = b"<p>Words", status: int = 200, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def _page(self) -> None:
        self._send("<p>caffè".encode("latin-1"), Content_Type="text/html; charset=iso-8859-2")

    def _away(self) -> None:
        self._send(status=302, Location="/page")

    def _inside(self) -> None:
        self._send(status=302, Location="http://10.0.0.1/secret")

    def _file(self) -> None:
        self._send(status=302, Location="file:///etc/passwd")

    def _loop(self) -> None:
        self._send(status=302, Location="/loop")

    def _gone(self) -> None:
        self._send(status=404)

    def _large(self) -> None:
        self._send(b"a" * 200_000)

    def _declared(self) -> None:
        self._send(b"a", Content_Length="999999999")

    def _bomb(self) -> None:
        self._send(gzip.compress(b"a" * 10_000_000), Content_Encoding="gzip")

    def _gzip(self) -> None:
        self._send(gzip.compress(b"<p>Words"), Content_Encoding="gzip")

    def _cut(self) -> None:
        self._send(b"<p>The first half", Content_Length="40")

    def _cutgzip(self) -> None:
        self._send(gzip.compress(b"<p>Words" * 40)[:-20], Content_Encoding="gzip")

    def _slow(self) -> None:
        self.send_response(200)
        self.end_headers()
        while not self.stop.wait(0.05):
            self.wfile.write(b"a")

    def _headers(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        while not self.stop.wait(0.05):
            self.wfile.write(b"X-A: b\r\n")


@pytest.fixture
def site() -> Iterator[str]:
    Site.asked = []
    Site.stop.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # because we hang up on purpose
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    Site.stop.set()
    server.shutdown()
    server.server_close()
    thread.join()


INSIDE = """
http://127.0.0.1/ http://127.0.0.1:25/ http://localhost/ http://127.1/ http://2130706433/ http://0x7f.0.0.1/ http://0177.0.0.1/
http://0.0.0.0/ http://10.0.0.1/ http://172.16.0.1/ http://172.31.255.255/ http://192.168.1.1/ http://169.254.169.254/latest/
http://100.64.0.1/ http://198.18.0.1/ http://192.0.2.1/ http://224.0.0.1/ http://255.255.255.255/ http://240.0.0.1/
http://[::1]/ http://[::]/ http://[fe80::1]/ http://[fc00::1]/ http://[fd00:ec2::254]/ http://[::ffff:127.0.0.1]/
http://[::ffff:10.0.0.1]/ http://[64:ff9b::7f00:1]/ http://[2002:7f00:1::]/ http://[2001::1]/ http://[ff02::1]/
http://[2001:db8::1]/ http://[::127.0.0.1]/ http://[fe80::1%25lo]/ https://127.0.0.1/
""".split()  # noqa: SIM905


@pytest.mark.parametrize("url", INSIDE)
def test_no_address_inside_is_ever_connected_to(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object, **__: object) -> socket.socket:
        raise AssertionError("it connected")

    monkeypatch.setattr(socket, "create_connection", never)
    with pytest.raises(FetchRefused):
        fetch(url)


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "ftp://example.org/", "gopher://example.org/", "http://", "http:///x", "https://a:b@example.org/",
     "http://example.org\\@127.0.0.1/", "http://exa mple.org/", "http://example.org:99999/", "data:text/html,x", "http://[::1"],
)  # fmt: skip
def test_only_plain_web_addresses_are_fetched(url: str) -> None:
    with pytest.raises(FetchRefused):
        fetch(url)


@pytest.mark.parametrize("address", ["93.184.215.14", "8.8.8.8", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"])
def test_the_public_web_is_reached(address: str) -> None:
    assert is_public(address)


def test_the_address_that_was_looked_at_is_the_one_connected_to(site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The name is resolved only once, because a second lookup could return another address."""
    real, asked = socket.getaddrinfo, []

    def once(host: str, port: int, *more: Any, **rest: Any) -> Any:
        asked.append(host)
        assert host != "rebind.example" or asked.count(host) == 1, "the name was resolved again"
        return real("127.0.0.1", port, *more, **rest)

    monkeypatch.setattr(socket, "getaddrinfo", once)
    port = site.rpartition(":")[2]
    assert fetch(f"http://rebind.example:{port}/page", LOOPBACK).status == 200


def test_one_inside_address_among_public_ones_is_enough_to_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    both = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 80)) for ip in ("93.184.215.14", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: both)
    with pytest.raises(FetchRefused, match=r"10\.0\.0\.1"):
        fetch("http://both.example/")


@pytest.mark.parametrize("path", ["inside", "file"])
def test_a_redirect_is_looked_at_like_the_first_address(site: str, path: str) -> None:
    with pytest.raises(FetchRefused):
        fetch(f"{site}/{path}", LOOPBACK)


def test_a_redirect_is_followed_but_not_for_ever(site: str) -> None:
    assert fetch(f"{site}/away", LOOPBACK).url == f"{site}/page"
    with pytest.raises(FetchRefused, match="leads on more than 5 times"):
        fetch(f"{site}/loop", LOOPBACK)
    assert Site.asked.count("/loop") == 6


@pytest.mark.parametrize(
    ("path", "words"), [("large", "larger"), ("declared", "larger"), ("bomb", "unpacks"), ("gone", "404")]
)
def test_what_is_too_large_or_not_there_is_refused(site: str, path: str, words: str) -> None:
    with pytest.raises(FetchRefused, match=words):
        fetch(f"{site}/{path}", LOOPBACK)


@pytest.mark.parametrize("path", ["cut", "cutgzip"])
def test_half_of_a_page_is_no_page(site: str, path: str) -> None:
    with pytest.raises(FetchRefused, match="cut before all of it"):
        fetch(f"{site}/{path}", LOOPBACK)


@pytest.mark.parametrize("path", ["slow", "headers"])
def test_a_drip_of_bytes_ends_when_the_time_is_up(site: str, path: str) -> None:
    with pytest.raises(FetchRefused, match="longer than"):
        fetch(f"{site}/{path}", Limits(seconds=0.5, allowed=LOOPBACK.allowed))


def test_a_proxy_of_the_environment_is_not_asked(site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1/")
    assert fetch(f"{site}/gzip", LOOPBACK).content == b"<p>Words"


def test_a_page_is_fetched_and_read_as_the_server_names_its_charset(site: str) -> None:
    material = acquire(f"{site}/page", LOOPBACK)
    assert read_source(material).body == "caffč\n"


def test_reading_a_source_fetches_nothing(site: str) -> None:
    page = (
        f'<html><head><base href="{site}/"><link rel="stylesheet" href="{site}/a.css"></head><body><article>'
        f'<p>{"Words of the story, as many as it needs. " * 8}</p><img src="{site}/a.png"><iframe src="{site}/b"></iframe>'
        "</article></body></html>"
    )
    read_source(Material("page.html", page.encode()))
    read_source(
        Material(
            "feed",
            f'<rss version="2.0"><channel><item><link>{site}/x</link><description>Words</description></item></channel></rss>'.encode(),
        )
    )
    assert Site.asked == []


def test_a_folder_and_a_missing_file_are_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="is a folder"):
        acquire(str(tmp_path))
    with pytest.raises(SourceError, match="no such file"):
        acquire(str(tmp_path / "no.md"))
