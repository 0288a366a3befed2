"""Units for systemd: the pages, what is due, workers. In: the folder of a newsletter. Out: files confined to it."""

import grp
import pwd
import sys
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

UNITS = ("newsletter-serve.service", "newsletter-due.service", "newsletter-due.timer", "newsletter-worker@.service")
FOLDER = "units"
"""The folder that they are written to, within that of the newsletter."""
SERVICE_USER = "newsletter"
"""Who runs them where the folder belongs to root."""

_HARDENING = """\

User={user}
Group={group}
WorkingDirectory={folder}
# Nobody else may read what it writes.
UMask=0077
NoNewPrivileges=yes
ProtectSystem=strict
ReadWritePaths={writable}
ProtectHome={home}
PrivateTmp=yes
PrivateDevices=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
RestrictSUIDSGID=yes
RestrictNamespaces=yes
RestrictRealtime=yes
LockPersonality=yes
SystemCallArchitectures=native
CapabilityBoundingSet=
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
"""


@dataclass(frozen=True)
class UnitPlan:
    """What the units of one newsletter say."""

    folder: Path
    program: tuple[str, ...]
    """The command that is `newsletter` there."""
    user: str
    group: str

    @classmethod
    def here(cls, folder: Path) -> "UnitPlan":
        """Plan for the program that runs now, and for the owner of `folder`; a user of its own where that is root."""
        owner = pwd.getpwuid(folder.stat().st_uid).pw_name if folder.stat().st_uid else SERVICE_USER
        script = Path(sys.executable).parent / "newsletter"
        program = (str(script),) if script.exists() else (sys.executable, "-m", "newsletter")
        return cls(folder.resolve(), program, owner, _group_of(owner))

    def text(self, name: str) -> str:
        """Return the text of the unit `name`, one of UNITS."""
        in_home = any(str(path).startswith(("/home/", "/root/")) for path in (f"{self.folder}/", self.program[0]))
        hardening = _HARDENING.format(
            user=self.user,
            group=self.group,
            folder=str(self.folder).replace("%", "%%"),
            writable=_word(str(self.folder)),
            home="read-only" if in_home else "yes",
        )
        template = files("newsletter.app.units").joinpath(name).read_text(encoding="utf-8")
        program = " ".join(map(_word, self.program))
        return template.replace("{program}", program).replace("{hardening}", hardening)


def write_units(folder: Path) -> list[Path]:
    """Write the units into the folder `units` of a newsletter, over older ones; return their paths. Raises OSError."""
    plan = UnitPlan.here(folder)
    (folder / FOLDER).mkdir(exist_ok=True)
    written = [folder / FOLDER / name for name in UNITS]
    for file in written:
        file.write_text(plan.text(file.name), encoding="utf-8")
    return written


def _group_of(user: str) -> str:
    try:
        return grp.getgrgid(pwd.getpwnam(user).pw_gid).gr_name
    except KeyError:
        return user


def _word(text: str) -> str:
    """Write a word as systemd.syntax(7) reads it: % doubled, quoted where a space or a quote is in it."""
    text = text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{text}"' if any(each in text for each in " \t'\"\\") else text
