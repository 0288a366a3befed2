"""Real web servers in front of the pages, on free ports of the loopback interface, set up as docs/pages.md says."""

import re
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCUMENT = ROOT / "docs" / "pages.md"
_APACHE_MODULES = ("mpm_event", "authz_core", "proxy", "proxy_http", "headers")


def snippet(kind: str) -> str:
    """Find what the documentation says for a kind of server."""
    return DOCUMENT.read_text(encoding="utf-8").partition(f"```{kind}\n")[2].partition("```\n")[0]


@contextmanager
def running(kind: str, pages: str, folder: Path) -> Iterator[str]:
    """Run a server of a kind before `pages` until the block ends, without its TLS; give its address."""
    program = {"nginx": "nginx", "caddy": "caddy", "apache": "apache2"}[kind]
    path = shutil.which(program) or shutil.which(program, path="/usr/sbin")
    if path is None:
        pytest.skip(f"no {program} here: NOT TRIED is our advice for it; apt-get install nginx-light caddy apache2")
    port = _free_port()
    text = (
        snippet(kind).replace("http://127.0.0.1:8000", pages).replace("127.0.0.1:8000", pages.removeprefix("http://"))
    )
    text = "\n".join(line for line in text.splitlines() if not re.match(r"\s*(ssl_|SSL)", line))
    command = _SETUPS[kind](path, text, port, folder)
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(
            command, stdout=log, stderr=log, cwd=folder, env={"HOME": str(folder), "PATH": "/usr/bin"}
        )
    try:
        _wait_for(port, server, folder)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=20)


def _nginx(path: str, text: str, port: int, folder: Path) -> list[str]:
    text = text.replace("listen 443 ssl;", f"listen 127.0.0.1:{port};")
    temporary = "".join(
        f"{name}_temp_path {folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"daemon off; master_process off; pid {folder}/pid; error_log stderr; events {{}}\n"
        f"http {{ access_log off; {temporary}\n{text}\n}}\n"
    )
    return [path, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", "stderr"]


def _caddy(path: str, text: str, port: int, folder: Path) -> list[str]:
    text = text.replace("news.example.org {", f"http://127.0.0.1:{port} {{\n    bind 127.0.0.1", 1)
    (folder / "Caddyfile").write_text("{\n    admin off\n    auto_https off\n}\n" + text)
    return [path, "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]


def _apache(path: str, text: str, port: int, folder: Path) -> list[str]:
    modules = "".join(f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so\n" for name in _APACHE_MODULES)
    (folder / "apache.conf").write_text(
        f"{modules}ServerRoot {folder}\nPidFile {folder}/pid\nDefaultRuntimeDir {folder}\nErrorLog /dev/stderr\n"
        f"Listen 127.0.0.1:{port}\nServerName localhost\nUser nobody\nGroup nogroup\n"
        + text.replace("*:443", f"127.0.0.1:{port}")
    )
    return [path, "-f", str(folder / "apache.conf"), "-D", "FOREGROUND"]


_SETUPS: dict[str, Callable[[str, str, int, Path], list[str]]] = {"nginx": _nginx, "caddy": _caddy, "apache": _apache}


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
    return port


def _wait_for(port: int, server: "subprocess.Popen[bytes]", folder: Path) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError((folder / "server.log").read_text(errors="replace"))
