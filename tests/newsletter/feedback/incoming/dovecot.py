"""A Dovecot of a test's own, on loopback, with TLS: a real IMAP server with one mailbox, in a temporary folder."""

import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import trustme

PASSWORD = "a-password-of-the-dovecot-tests"


@dataclass(frozen=True)
class Dovecot:
    """Where it listens, whom it lets in, and where its mailbox is on disk."""

    port: int
    maildir: Path
    certificates: Path
    username: str = "bounces"

    def put(self, name: str, mail: bytes) -> None:
        """Have a mail arrive."""
        arrived = self.maildir / "tmp" / name
        arrived.write_bytes(mail)
        _give(arrived)
        arrived.rename(self.maildir / "new" / name)

    def mails(self, folder: str = "") -> dict[str, str]:
        """Name the mails in a folder, each with its flags."""
        place = self.maildir / folder if folder else self.maildir
        files = [file.name for part in ("new", "cur") for file in (place / part).glob("*")]
        return {name.partition(":2,")[0]: name.partition(":2,")[2] for name in files}


def missing() -> str:
    """Say why there can be none here; empty: there can."""
    return "" if shutil.which("dovecot") else "dovecot-imapd is not installed here"


@contextmanager
def running() -> Iterator[Dovecot]:
    """Run one until the block ends."""
    # Not in a folder of pytest's: its path is longer than the name of a socket may be, and only root may enter it.
    with TemporaryDirectory(prefix="dovecot-") as folder:
        yield from _running_in(Path(folder))


def _running_in(folder: Path) -> Iterator[Dovecot]:
    server = Dovecot(_free_port(), folder / "mail" / "Maildir", folder / "authority.pem")
    _prepare(server, folder)
    process = subprocess.Popen(
        ["dovecot", "-F", "-c", str(folder / "dovecot.conf")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait_for(server.port, process, folder / "log")
        yield server
    finally:
        process.terminate()
        process.wait(timeout=30)


def _prepare(server: Dovecot, folder: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(server.certificates)
    certificate = authority.issue_cert("localhost")
    for number, link in enumerate(certificate.cert_chain_pems):
        link.write_to_path(folder / "cert.pem", append=number > 0)
    certificate.private_key_pem.write_to_path(folder / "key.pem")
    for part in ("cur", "new", "tmp"):
        (server.maildir / part).mkdir(parents=True)
    for each in (server.maildir.parent, server.maildir, *server.maildir.iterdir()):
        _give(each)
    folder.chmod(0o711)  # because the mailbox belongs to nobody
    (folder / "dovecot.conf").write_text(_CONFIGURATION.format(**_particulars(server, folder)))


def _particulars(server: Dovecot, folder: Path) -> dict[str, object]:
    me = pwd.getpwuid(os.geteuid()).pw_name
    root = os.geteuid() == 0
    owner = pwd.getpwnam("nobody") if root else pwd.getpwuid(os.geteuid())
    return {
        "folder": folder,
        "port": server.port,
        "password": PASSWORD,
        "uid": owner.pw_uid,
        "gid": owner.pw_gid,
        "internal": "dovecot" if root else me,
        "login": "dovenull" if root else me,
    }


def _give(path: Path) -> None:
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.chown(path, nobody.pw_uid, nobody.pw_gid)


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(200):
        assert process.poll() is None, log.read_text() if log.exists() else "it did not start"
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(log.read_text() if log.exists() else "it does not listen")


_CONFIGURATION = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
ssl = required
ssl_cert = <{folder}/cert.pem
ssl_key = <{folder}/key.pem
default_internal_user = {internal}
default_login_user = {login}
default_internal_group = {internal}
first_valid_uid = 1
mail_location = maildir:~/Maildir
passdb {{
  driver = static
  args = user=bounces password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    port = {port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
"""
