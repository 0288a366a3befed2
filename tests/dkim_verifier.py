"""dkimpy and opendkim as second opinions on our signatures; dkimpy in whichever Python of this machine has it.

It is not among the locked packages, because it is published as source only; Debian has it as python3-dkim.
"""

import base64
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

_INTERPRETERS = (sys.executable, "/usr/bin/python3")
_VERIFIER = """
import base64, dkim, json, sys
for line in sys.stdin:
    name, record, content = json.loads(line)
    known = lambda asked, timeout=5: record.encode() if asked == name.encode() else None
    try:
        print(int(dkim.verify(base64.b64decode(content), dnsfunc=known)), flush=True)
    except dkim.DKIMException:
        print(0, flush=True)
"""


@dataclass
class Verifier:
    """A receiver whose DNS has one record and nothing else."""

    process: subprocess.Popen[str]

    def accepts(self, content: bytes, name: str, record: str) -> bool:
        """Say whether a signature of `content` is good by the key that `record` publishes at `name`."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        question = [name, record, base64.b64encode(content).decode()]
        print(json.dumps(question), file=self.process.stdin, flush=True)
        return self.process.stdout.readline() == "1\n"


@contextmanager
def running() -> Iterator[Verifier | None]:
    """Run a verifier until the block ends; None: no Python here has dkimpy."""
    python = next(filter(_has_dkimpy, _INTERPRETERS), None)
    if python is None:
        yield None
        return
    pipe = subprocess.PIPE
    with subprocess.Popen([python, "-c", _VERIFIER], stdin=pipe, stdout=pipe, text=True, env={}) as process:
        yield Verifier(process)
        assert process.stdin is not None
        process.stdin.close()


def opendkim_says(folder: Path, content: bytes, name: str, record: str) -> str:
    """Have opendkim verify one message, with its keys from a file in `folder` instead of DNS; returns what it says."""
    tool = shutil.which("opendkim", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
    if tool is None:
        pytest.skip("opendkim is not installed (apt install opendkim): a second opinion on our signatures is missing")
    (folder / "keys").write_text(f"{name} {record}\n", encoding="utf-8")
    (folder / "conf").write_text(f"Mode v\nSyslog no\nTestPublicKeys {folder}/keys\n", encoding="utf-8")
    (folder / "message.eml").write_bytes(content)
    words = [tool, "-x", str(folder / "conf"), "-t", str(folder / "message.eml"), "-vv"]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout


def _has_dkimpy(python: str) -> bool:
    try:
        found = subprocess.call([python, "-c", "import dkim, nacl"], stderr=subprocess.DEVNULL, env={})
    except OSError:
        return False
    return found == 0
