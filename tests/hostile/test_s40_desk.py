"""S40: the desk is for the user of this machine: not for web pages, other users, old tabs or doubled clicks."""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from newsletter.desk.guard import PAGE, DeskKey
from newsletter.desk.neighbours import is_of_another_user
from tests.desk_pages import OpenDesk, open_desk_of, organisers_folder

POST = "---\ntitle: Good news\n---\n\nThe council said yes.\n"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenDesk]:
    workspace = organisers_folder(tmp_path_factory.mktemp("desk"))
    (workspace.folder / "posts" / "good-news.md").write_text(POST)
    with open_desk_of(workspace) as opened:
        yield opened


def raw(desk: OpenDesk, head: str) -> str:
    """Send a request as no client would, and return the status line."""
    address = urlsplit(desk.url)
    with socket.create_connection((address.hostname, address.port), timeout=60) as line:
        line.sendall(re.sub("\r?\n", "\r\n", head).encode())
        return line.recv(200).decode().partition("\r\n")[0]


def test_a_name_that_was_pointed_at_this_machine_gets_nothing(desk: OpenDesk) -> None:
    port, cookie = desk.key.port, f"{desk.key.name}={desk.key.cookie}"
    for host in ("evil.test", f"evil.test:{port}", f"127.0.0.1.evil.test:{port}", "127.0.0.1", f"0.0.0.0:{port}", ""):
        for path in ("/", "/posts", "/style.css", "/nowhere"):
            assert desk.get(path, Host=host).status_code == 421, host
    twice = f"GET / HTTP/1.1\nHost: 127.0.0.1:{port}\nHost: evil.test\nCookie: {cookie}\n\n"
    assert " 200 " not in raw(desk, twice)
    assert " 200 " in raw(desk, f"GET / HTTP/1.1\nHost: LOCALHOST:{port}\nCookie: {cookie}\n\n")


def test_the_key_opens_the_desk_once_and_the_cookie_is_for_our_pages_only(tmp_path: Path) -> None:
    with open_desk_of(organisers_folder(tmp_path)) as desk:
        cookie = desk.client.cookies.jar
        assert [each.name for each in cookie] == [f"newsletter-desk-{desk.key.port}"]
        assert desk.get("/").status_code == 200
        desk.client.cookies.clear()
        for path in ("/", "/posts", "/style.css", "/?key=", "/?key=x", "/posts?key=x", f"/?key={desk.key.cookie}"):
            assert desk.get(path).status_code == 403, path
        key = DeskKey(1)
        once = key.once
        assert not key.is_spent_by(f"{once} ")
        assert key.is_spent_by(once)
        assert not key.is_spent_by(once)
        assert not key.is_spent_by("")


def test_the_cookie_says_strict_and_the_key_leaves_the_address_bar(tmp_path: Path) -> None:
    workspace = organisers_folder(tmp_path)
    with open_desk_of(workspace) as desk:
        desk.client.cookies.clear()
        desk.key.once = "another"
        answer = desk.get("/?key=another")
        assert answer.headers["location"] == "/"
        said = answer.headers["set-cookie"].lower()
        assert "httponly" in said
        assert "samesite=strict" in said
        assert "domain" not in said


def test_another_page_can_neither_send_a_form_nor_read_a_page(desk: OpenDesk) -> None:
    form = desk.fields(desk.page("/"), "/language") | {"language": "cy"}
    for headers in (
        {"Origin": "http://evil.test"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": f"http://127.0.0.1:{desk.key.port + 1}"},
        {"Origin": f"https://127.0.0.1:{desk.key.port}"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
    ):
        assert desk.post("/language", form, **headers).status_code == 403, headers
    assert desk.client.post(desk.url + "/language", data=form).status_code == 403, "no browser hides the Origin"
    assert desk.get("/posts", Origin="http://evil.test").status_code == 403
    assert desk.get("/posts", **{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}).status_code == 403
    for method in ("PUT", "DELETE", "OPTIONS", "PATCH"):
        assert desk.client.request(method, desk.url + "/posts").status_code == 405
    assert desk.page("/").get("lang") == "en", "a refused form did something"


def test_a_form_needs_a_seal_of_this_desk_for_this_page(desk: OpenDesk, tmp_path: Path) -> None:
    good = desk.fields(desk.page("/"), "/language") | {"language": "cy"}
    of_another_page = next(
        value for name, value in desk.fields(desk.page("/posts/new"), "/posts/new/write").items() if name == "seal"
    )
    with open_desk_of(organisers_folder(tmp_path)) as other:
        of_another_desk = other.fields(other.page("/"), "/language")["seal"]
    once, state, signature = good["seal"].split(".")
    changed = (
        f"{once}.{state}.{signature[:-1]}{'1' if signature[-1] == '0' else '0'}",
        f"{once}x.{state}.{signature}",
        f"{once}.{b'x'.hex()}.{signature}",
    )
    forged = ("", "x", "..", of_another_page, of_another_desk, *changed, f"{once}.zz.{signature}", "\0", "é.é.é")
    for seal in forged:
        assert desk.post("/language", good | {"seal": seal}).status_code == 409, seal
    assert desk.page("/").get("lang") == "en"


def test_two_clicks_and_a_form_that_is_sent_again_act_once(desk: OpenDesk) -> None:
    form = desk.fields(desk.page("/posts/new"), "/posts/new/write") | {"title": "Twice", "body": "Once is enough."}
    first, second = (desk.post("/posts/new/write", form) for _ in range(2))
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.headers["location"] == second.headers["location"]
    assert len([*(desk.workspace.folder / "posts").glob("*twice*")]) == 1


def test_no_page_can_be_framed_and_no_script_of_a_stranger_runs(desk: OpenDesk) -> None:
    for path in ("/", "/posts", "/posts/good-news.md", "/posts/new", "/style.css", "/nowhere", "/script/poll.js"):
        headers = desk.get(path).headers
        assert headers["content-security-policy"] == PAGE, path
        assert headers["x-frame-options"] == "DENY"
        assert headers["cache-control"] == "no-store"
        assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "unsafe" not in PAGE
    assert "frame-ancestors 'none'" in PAGE
    hostile = '---\ntitle: "<script>alert(1)</script>"\n---\n\n</textarea><script>alert(2)</script>\n'
    (desk.workspace.folder / "posts" / "evil.md").write_text(hostile)
    for path in ("/", "/posts", "/posts/evil.md"):
        assert "<script>alert" not in desk.get(path).text


def test_a_preview_runs_nothing_and_is_of_no_origin(desk: OpenDesk) -> None:
    frames = desk.page("/posts/good-news.md").xpath("//iframe")
    assert frames
    for frame in frames:
        assert "sandbox" in frame.attrib
        assert not {"allow-same-origin", "allow-scripts", "allow-forms"} & set(frame.get("sandbox").split())
        mail = desk.get(frame.get("src"))
        policy = mail.headers["content-security-policy"]
        assert "script-src" not in policy
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'self'" in policy


def test_what_is_too_much_is_refused_before_it_is_held(desk: OpenDesk) -> None:
    own = {"Origin": desk.url, "Content-Type": "application/x-www-form-urlencoded"}
    for length in ("99999999", "-1", "1e9", "9" * 30, "१"):
        head = "".join(f"{name}: {value}\n" for name, value in own.items())
        cookie = f"{desk.key.name}={desk.key.cookie}"
        request = f"POST /language HTTP/1.1\nHost: 127.0.0.1:{desk.key.port}\n{head}Cookie: {cookie}\n"
        status = raw(desk, f"{request}Content-Length: {length}\n\nlanguage=cy")
        assert " 4" in status, (length, status)
    many = {f"f{number}": "x" for number in range(600)}
    assert desk.post("/language", many).status_code == 400
    assert desk.post("/language", {}, **{"Content-Type": "text/plain"}).status_code == 415
    unbounded = {"Content-Type": "multipart/form-data; boundary=" + "x" * 500}
    assert desk.post("/language", {"a": "b"}, **unbounded).status_code in (400, 409)


def test_no_name_of_a_post_leads_out_of_its_folder(desk: OpenDesk) -> None:
    secret = desk.workspace.folder / "secret.md"
    secret.write_text("---\ntitle: Secret\n---\n\nNot for the desk.\n")
    (desk.workspace.folder / "posts" / "link.md").symlink_to(secret)
    for name in (
        "..%2Fsecret.md",
        "%2e%2e/secret.md",
        "%2e%2e",
        ".env",
        "%00",
        "good-news.md%00",
        "../.env",
        "link.md",
    ):
        answer = desk.get(f"/posts/{name}")
        assert answer.status_code == 404, name
        assert "Not for the desk" not in answer.text


def test_another_user_of_this_machine_is_known_by_the_kernel(desk: OpenDesk, tmp_path: Path) -> None:
    head = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
    line = "   0: 0100007F:{:04X} 0100007F:{:04X} 01 00000000:00000000 00:00000000 00000000 {:5}        0 1\n"
    table = tmp_path / "tcp"
    mine, other = os.getuid(), os.getuid() + 1
    for user, expected in ((mine, False), (other, True), (0, False)):
        table.write_text(head + line.format(8000, 50000, other) + line.format(50000, 8000, user))
        assert is_of_another_user(("127.0.0.1", 50000), 8000, [table]) is expected
    assert not is_of_another_user(("127.0.0.1", 50001), 8000, [table])
    assert not is_of_another_user(("127.0.0.1", 50000), 8000, [tmp_path / "nothing"])
    if os.getuid() != 0 or not Path("/proc/net/tcp").exists():
        pytest.skip("NOT TRIED with a real second user: that needs root, and Linux")
    ask = (
        "import os, socket, sys; os.setuid(65534); line = socket.socket();"
        "line.connect(('127.0.0.1', int(sys.argv[1]))); line.sendall(sys.argv[2].encode()); print(line.recv(200))"
    )
    cookie = f"{desk.key.name}={desk.key.cookie}"
    request = f"GET /posts HTTP/1.1\r\nHost: 127.0.0.1:{desk.key.port}\r\nCookie: {cookie}\r\n\r\n"
    done = subprocess.run(
        [sys.executable, "-c", ask, str(desk.key.port), request], capture_output=True, text=True, check=True
    )
    assert " 403 " in done.stdout
    assert " 200 " in raw(desk, request)
