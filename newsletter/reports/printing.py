"""Prints a page as PDF with the Chromium of this machine. In: HTML. Out: the bytes of a PDF.

The browser gets a folder of its own, no network that it was not given, and a deadline; what it leaves is removed.
"""

import os
import shutil
import signal
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

from newsletter.errors import NewsletterError

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "chromium-headless-shell")
SECONDS = 60.0
_QUIETLY = (
    "--headless",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-extensions",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND",  # the page needs nothing from elsewhere
    "--no-pdf-header-footer",  # it would contain the path of the page
)


class NoBrowser(NewsletterError):
    """No Chromium was found on this machine, and only a browser can make a PDF. Make a web page instead (-o
    report.html), open it in your browser, and print it: choose “Save as PDF” as the printer."""


class NotPrinted(NewsletterError):
    """{browser} could not make the PDF: {why}. Make a web page instead (-o report.html), open it in your browser, and
    print it: choose “Save as PDF” as the printer."""


def print_pdf(page: str) -> bytes:
    """Print the HTML of a page as PDF. Raises NoBrowser and NotPrinted."""
    browser = next(filter(None, map(shutil.which, NAMES)), None)
    if browser is None:
        raise NoBrowser
    with tempfile.TemporaryDirectory(prefix="newsletter-report-", ignore_cleanup_errors=True) as folder:
        source, target = Path(folder) / "report.html", Path(folder) / "report.pdf"
        source.write_text(page, encoding="utf-8")
        said = _run(
            [browser, *_options(Path(folder) / "profile"), f"--print-to-pdf={target}", source.as_uri()], browser
        )
        pdf = target.read_bytes() if target.is_file() else b""
    if not pdf.startswith(b"%PDF-") or b"%%EOF" not in pdf[-1024:]:
        last = (said.strip().splitlines() or ["it wrote nothing"])[-1]
        raise NotPrinted(browser=browser, why=last[:200])
    return pdf


def _options(profile: Path) -> list[str]:
    # Chromium's sandbox does not work for root; the page is ours, and has no script.
    alone = ["--no-sandbox"] if os.geteuid() == 0 else []
    return [*_QUIETLY, *alone, f"--user-data-dir={profile}"]


def _run(command: list[str], browser: str) -> str:
    """Run the browser in a group of its own, so that after the deadline all its processes end."""
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, **quiet, text=True, errors="replace", start_new_session=True) as process:  # type: ignore[call-overload]  # noqa: S603  # the browser that was found, and options of ours
        try:
            said: str = process.communicate(timeout=SECONDS)[1]
        except subprocess.TimeoutExpired:
            raise NotPrinted(browser=browser, why=f"it took longer than {SECONDS:.0f} seconds") from None
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
    return said
