"""Print the path of the newest Python on this machine that is not the given one; fail loudly where there is none.

    newest_python.py /usr/bin/python3

Looked at are pyenv's, those of PATH (`python3.N`) and of the usual folders: final releases from 3.11 on.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

OLDEST = (3, 11)
USUAL = ("/usr/local/bin", "/usr/bin")
ASK = "import sys; print(*sys.version_info[:3], sys.version_info.releaselevel, sys.executable)"
Version = tuple[int, ...]


def main(known: str) -> int:
    """Print the path, or say on stderr what was found instead."""
    not_this = asked(Path(known))
    found = {version: path for each in candidates() if (answer := asked(each)) for version, path in [answer]}
    others = {version: path for version, path in found.items() if not not_this or version != not_this[0]}
    if not others:
        seen = ", ".join(".".join(map(str, version)) for version in sorted(found)) or "none"
        print(f"CI needs a second Python, 3.11 or newer, beside {known}; found: {seen}.", file=sys.stderr)
        return 1
    print(others[max(others)])
    return 0


def candidates() -> Iterator[Path]:
    """Yield what may be a Python."""
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    yield from sorted(pyenv.glob("versions/*/bin/python3"))
    folders = [*os.environ.get("PATH", "").split(os.pathsep), *USUAL]
    for folder in dict.fromkeys(filter(None, folders)):
        if Path(folder).is_dir():
            yield from sorted(each for each in Path(folder).iterdir() if re.fullmatch(r"python3(\.\d+)?", each.name))


def asked(python: Path) -> tuple[Version, str] | None:
    """Ask a Python for its version and its own path; None: it does not run, is too old, or no final release."""
    try:
        answer = subprocess.run([python, "-c", ASK], capture_output=True, text=True, timeout=60, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    *numbers, level, path = answer.strip().split(" ", 4)
    version = tuple(map(int, numbers))
    return (version, path) if level == "final" and version >= OLDEST else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
