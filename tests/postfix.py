"""A real Postfix of the tests' own, on a free port of the loopback interface, in a folder of its own; needs root.

good.test      anybody, all in one Maildir
bounce.test    taken, then it comes back: no such user
full.test      taken, then it comes back: mailbox full
At RCPT        nouser… is refused with 5.1.1, policy… with 5.7.26, grey… is put off until `forget_greylist`

What a careless client would send is refused: bare line feeds, commands before their turn, bad addresses, eight bits.
"""

import os
import pwd
import shutil
import socket
import subprocess
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

MISSING = (
    "no Postfix here, or not root: NOT TRIED is a whole sending through a real mail server; apt-get install postfix, "
    "and run as root"
)
_MAIN = """compatibility_level = 3.6
queue_directory = {folder}/spool
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
myhostname = mx.test
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
maillog_file = {folder}/log/maillog
maillog_file_prefixes = {folder}/log
smtp_dns_support_level = disabled
alias_maps =
alias_database =
local_recipient_maps =
biff = no
recipient_delimiter = +
virtual_mailbox_domains = good.test
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = regexp:{folder}/etc/boxes
virtual_uid_maps = static:{nobody}
virtual_gid_maps = static:{nobody}
relay_domains = bounce.test full.test
transport_maps = inline:{{ bounce.test=smtp:[127.0.0.1]:{gone}, full.test=smtp:[127.0.0.1]:{full} }}
smtp_host_lookup = native
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_recipient_restrictions = check_recipient_access regexp:{folder}/etc/access, permit_mynetworks, reject
smtpd_forbid_bare_newline = reject
smtpd_forbid_bare_newline_exclusions =
smtpd_forbid_unauth_pipelining = yes
strict_rfc821_envelopes = yes
strict_7bit_headers = yes
strict_8bitmime_body = yes
"""
_MASTER = """{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
smtp unix - - n - - smtp
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
tlsmgr unix - - n 1000? 1 tlsmgr
postlog unix-dgram n - n - 1 postlogd
"""
_POSTSCREEN = """{port} inet n - n - 1 postscreen
smtpd pass - - n - - smtpd
dnsblog unix - - n - 0 dnsblog
tlsproxy unix - - n - 0 tlsproxy
"""
_BOXES = "/@good\\.test$/ all/\n"
_ACCESS = """/^nouser/ 550 5.1.1 No such user here
/^policy/ 550 5.7.26 This mail is not authenticated
"""
_GREY = "/^grey/ 450 4.2.0 Greylisted, come back later\n"


@dataclass(frozen=True)
class Postfix:
    """A running server."""

    folder: Path
    port: int

    def mails(self, name: str) -> list[EmailMessage]:
        """Read the mails to addresses that begin with `name`."""
        theirs = f"\nDelivered-To: {name}".encode()
        return [_parsed(content) for content in self.raw_mails() if theirs in b"\n" + content]

    def raw_mails(self) -> list[bytes]:
        """Read every mail, as it was put into the mailbox."""
        return [path.read_bytes() for path in sorted((self.folder / "mail" / "all" / "new").glob("*"))]

    def log(self) -> str:
        """Read what it has written down."""
        return (self.folder / "log" / "maillog").read_text(errors="replace")

    def settle(self) -> None:
        """Wait until nothing is left in the queue."""
        deadline = time.monotonic() + 60
        queues = [self.folder / "spool" / name for name in ("maildrop", "incoming", "active")]
        empty = 0
        while empty < 3:  # looked at thrice, because a mail may be on its way from one queue to the next
            left = any(path.is_file() for queue in queues for path in queue.rglob("*"))
            empty = 0 if left else empty + 1
            if time.monotonic() > deadline:
                raise AssertionError(f"mail is left in the queue: {self.log()[-2000:]}")
            time.sleep(0.1)

    def wait_for(self, name: str, number: int) -> None:
        """Wait until so many mails are there for addresses that begin with `name`."""
        deadline = time.monotonic() + 60
        while len(self.mails(name)) < number:
            if time.monotonic() > deadline:
                raise AssertionError(f"mail is missing: {self.log()[-2000:]}")
            time.sleep(0.1)

    def received(self) -> Counter[str]:
        """Count the mails in the mailbox by the address in their To field."""
        heads = (message_from_bytes(content.partition(b"\n\n")[0]) for content in self.raw_mails())
        return Counter(str(head["To"]).rpartition("<")[2].rstrip(">") for head in heads)

    def restart(self) -> None:
        """Stop it, drop every connection and start it again, as an administrator does; the queue stays."""
        self._control("stop")
        self._control("start")
        _wait_for(self)

    def forget_greylist(self) -> None:
        """Let those in who were put off before."""
        (self.folder / "etc" / "access").write_text(_ACCESS)
        self._control("reload")
        time.sleep(1)  # because a reload is a signal, and nothing answers it

    def _control(self, word: str) -> None:
        subprocess.run(["postfix", "-c", self.folder / "etc", word], check=True, capture_output=True)


@contextmanager
def running(*main: str, postscreen: bool = False) -> Iterator[Postfix]:
    """Run a server until the block ends; `main`: lines of main.cf that come last, `{folder}` being its folder."""
    if shutil.which("postfix") is None or os.geteuid() != 0:
        pytest.skip(MISSING)
    # Not in a folder of pytest's, which only root may enter: its processes give up being root.
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="postfix-")))
        folder.chmod(0o755)
        gone = stack.enter_context(_refusing("550 5.1.1 No such user here"))
        full = stack.enter_context(_refusing("552 5.2.2 Mailbox full"))
        server = Postfix(folder, _free_port())
        _lay_out(server, gone, full, main, postscreen)
        server._control("start")
        stack.callback(server._control, "stop")
        _wait_for(server)
        yield server


@contextmanager
def _refusing(reply: str) -> Iterator[int]:
    """Run a server that answers every RCPT with `reply`."""
    port = _free_port()
    sink = ["smtp-sink", "-u", "nobody", "-f", "rcpt", "-B", reply, f"127.0.0.1:{port}", "10"]
    with subprocess.Popen(sink, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            yield port
        finally:
            process.terminate()


def _lay_out(server: Postfix, gone: int, full: int, main: Sequence[str], postscreen: bool) -> None:
    folder = server.folder
    for name in ("etc", "spool", "data", "mail", "log"):
        (folder / name).mkdir(parents=True)
    nobody = pwd.getpwnam("nobody").pw_uid
    os.chown(folder / "data", pwd.getpwnam("postfix").pw_uid, -1)
    os.chown(folder / "mail", nobody, nobody)
    for name in ("postfix-files", "post-install", "postfix-script", "dynamicmaps.cf"):
        for place in (Path("/etc/postfix"), Path("/usr/share/postfix")):
            if (place / name).exists():
                shutil.copy(place / name, folder / "etc" / name)
                break
    listening, _, others = _MASTER.partition("\n")
    master = f"{_POSTSCREEN if postscreen else listening}\n{others}"
    texts = {
        "main.cf": "\n".join([_MAIN, *main, ""]).format(folder=folder, nobody=nobody, gone=gone, full=full),
        "master.cf": master.format(port=server.port),
        "boxes": _BOXES,
        "access": _ACCESS + _GREY,
    }
    for name, text in texts.items():
        (folder / "etc" / name).write_text(text)


def _wait_for(server: Postfix) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            with socket.create_connection(("127.0.0.1", server.port), 1) as line:
                assert line.recv(100).startswith(b"220")  # and then "-" from postscreen
                return
        except OSError:
            if time.monotonic() > deadline:
                raise AssertionError(f"Postfix did not start: {server.log()[-2000:]}") from None
            time.sleep(0.1)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def _parsed(content: bytes) -> EmailMessage:
    mail = message_from_bytes(content, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    return mail
