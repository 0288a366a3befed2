"""A real Exim or OpenSMTPD on a free port of the loopback interface, with a mailbox for everybody at good.test.

They are not installed, because Debian would remove Postfix for them: `.ci/servers FOLDER` unpacks them, and they run
under a root of their own, which needs root. Addresses that begin with nouser are refused with 550.
"""

import os
import re
import shutil
import socket
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

UNPACKED = os.environ.get("UNPACKED_SERVERS", "")
MISSING = (
    "no Exim and no OpenSMTPD here, or not root: NOT TRIED is a sending through servers other than Postfix; run "
    ".ci/servers FOLDER as root, and set UNPACKED_SERVERS to that folder"
)
_EXIM = """primary_hostname = mx.test
daemon_smtp_ports = {port}
local_interfaces = <; 127.0.0.1
tls_advertise_hosts =
smtp_accept_queue_per_connection = 0
smtp_accept_max_per_connection = 20
smtp_accept_max = 3
rfc1413_query_timeout = 0s
host_lookup =
keep_environment =
acl_smtp_rcpt = rcpt
acl_smtp_data = data
begin acl
rcpt:
  deny local_parts = ^nouser
       message = Unknown user
  accept
data:
  accept
begin routers
all:
  driver = accept
  domains = good.test
  transport = box
begin transports
box:
  driver = appendfile
  directory = /mail/all
  maildir_format
  create_directory
  user = nobody
  group = nogroup
"""
_OPENSMTPD = """table boxes {{ "@" = nobody }}
smtp limit max-mails 10
listen on 127.0.0.1 port {port} hostname mx.test
action "in" maildir "/mail/all" virtual <boxes>
match from any for domain "good.test" rcpt-to regex "^nouser" reject
match from any for domain "good.test" action "in"
"""
_ACCOUNTS = {"root": 0, "nobody": 65534, "Debian-exim": 600, "opensmtpd": 601, "opensmtpq": 602}
_FILES = {
    "etc/passwd": "".join(f"{name}:x:{number}:{number}::/:/bin/sh\n" for name, number in _ACCOUNTS.items()),
    "etc/group": "".join(
        f"{name}:x:{number}:\n" for name, number in {**_ACCOUNTS, "nogroup": 65534, "mail": 8}.items()
    ),
    "etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
    "etc/hosts": "127.0.0.1 localhost mx.test\n",
    "etc/resolv.conf": "",
    "etc/mailname": "mx.test\n",
}
_DEVICES = {"null": (1, 3), "random": (1, 8), "urandom": (1, 9)}
_QUEUED_AS = re.compile(r"^Received:(?:.*\n[ \t])*?.*\bid (\S+?);?\s", re.MULTILINE)
_LIBRARY = re.compile(r"(/\S+\.so\S*)")


@dataclass
class OtherServer:
    """A running server."""

    root: Path
    port: int
    command: list[str]
    queue: str
    process: "subprocess.Popen[bytes] | None" = field(default=None)

    def received(self) -> Counter[str]:
        """Count the mails it took that are in the mailbox by the address in their To field.

        One that it puts there twice, because it was stopped before it had forgotten it, has one number of its queue.
        One whose head is cut off, because it was stopped while it wrote, it puts there once more.
        """
        parts = [path.read_bytes().partition(b"\n\n") for path in self.box.glob("*")]
        heads = [message_from_bytes(head) for head, end, _ in parts if end]
        taken = {(str(head["To"]).rpartition("<")[2].rstrip(">"), _QUEUED_AS.findall(str(head))[0]) for head in heads}
        return Counter(address for address, _ in taken)

    @property
    def box(self) -> Path:
        return self.root / "mail" / "all" / "new"

    def log(self) -> str:
        """Read what it has written down."""
        files = [self.root / "said", self.root / "var/log/exim4/mainlog"]
        return "".join(file.read_text(errors="replace") for file in files if file.exists())

    def settle(self) -> None:
        """Wait until nothing is left in the queue, and what is on its way is in the mailbox."""
        deadline = time.monotonic() + 60
        empty = 0
        while empty < 5:
            empty = 0 if any(path.is_file() for path in (self.root / self.queue).rglob("*")) else empty + 1
            if time.monotonic() > deadline:
                raise AssertionError(f"mail is left in the queue: {self.log()[-2000:]}")
            time.sleep(0.1)

    def start(self) -> None:
        with (self.root / "said").open("ab") as said:
            self.process = subprocess.Popen(["chroot", self.root, *self.command], stdout=said, stderr=said)
        deadline = time.monotonic() + 30
        while True:
            try:
                with socket.create_connection(("127.0.0.1", self.port), 1) as line:
                    assert line.recv(100).startswith(b"220")
                    line.sendall(b"QUIT\r\n")
                    return
            except (OSError, AssertionError):
                if time.monotonic() > deadline or self.process.poll() is not None:
                    raise AssertionError(f"it did not start: {self.log()[-2000:]}") from None
                time.sleep(0.1)

    def stop(self) -> None:
        assert self.process is not None
        self.process.terminate()
        self.process.wait(30)

    def restart(self) -> None:
        """Stop it and start it again, as an administrator does; the queue stays."""
        self.stop()
        self.start()


@contextmanager
def exim() -> Iterator[OtherServer]:
    """Run Exim: three connections at once, twenty mails on each."""
    with _private_root("usr/sbin/exim4") as root:
        server = OtherServer(root, _free_port(), ["/usr/sbin/exim4", "-bdf", "-q5s"], "var/spool/exim4/input")
        _write(root, "etc/exim4/exim4.conf", _EXIM.format(port=server.port))
        for name in ("var/spool/exim4", "var/log/exim4"):
            (root / name).mkdir(parents=True, exist_ok=True)
            os.chown(root / name, _ACCOUNTS["Debian-exim"], _ACCOUNTS["Debian-exim"])
        yield from _running(server)


@contextmanager
def opensmtpd() -> Iterator[OtherServer]:
    """Run OpenSMTPD: ten mails on a connection, and no pipelining."""
    programs = ("usr/sbin/smtpd", "usr/sbin/smtpctl", "usr/libexec/opensmtpd/mail.maildir", "bin/sh")
    with _private_root(*programs) as root:
        server = OtherServer(root, _free_port(), ["/usr/sbin/smtpd", "-d"], "var/spool/smtpd/queue")
        _write(root, "etc/smtpd.conf", _OPENSMTPD.format(port=server.port))
        for name in ("var/spool/smtpd", "var/lib/opensmtpd/empty", "run", "var/run"):
            (root / name).mkdir(parents=True, exist_ok=True)
        (root / "var/spool/smtpd").chmod(0o711)
        yield from _running(server)


def _running(server: OtherServer) -> Iterator[OtherServer]:
    server.start()
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def _private_root(*programs: str) -> Iterator[Path]:
    """Copy what is unpacked, and the libraries that `programs` need, to where nothing else is."""
    if not UNPACKED or os.geteuid() != 0:
        pytest.skip(MISSING)
    with TemporaryDirectory(prefix="server-") as folder:
        root = Path(folder)
        root.chmod(0o755)
        shutil.copytree(UNPACKED, root, symlinks=True, dirs_exist_ok=True)
        for program in programs:
            _bring_libraries(root, program)
        for name, text in _FILES.items():
            _write(root, name, text)
        (root / "dev").mkdir()
        for name, (major, minor) in _DEVICES.items():
            os.mknod(root / "dev" / name, 0o020666, os.makedev(major, minor))
            (root / "dev" / name).chmod(0o666)
        (root / "tmp").mkdir(exist_ok=True)
        (root / "mail").mkdir()
        os.chown(root / "mail", _ACCOUNTS["nobody"], _ACCOUNTS["nobody"])
        yield root


def _bring_libraries(root: Path, program: str) -> None:
    if not (root / program).exists():
        (root / program).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(Path("/") / program, root / program)
    unpacked = ":".join(str(folder) for folder in (root / "usr/lib").glob("*-linux-gnu*"))
    needed = subprocess.run(
        ["ldd", root / program],
        env={**os.environ, "LD_LIBRARY_PATH": unpacked},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "not found" not in needed, needed
    for library in map(Path, _LIBRARY.findall(needed)):
        place = root / library.relative_to("/")
        if not library.is_relative_to(root) and not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(library, place)


def _write(root: Path, name: str, text: str) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])
