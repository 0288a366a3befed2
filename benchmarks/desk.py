"""How long each page of the desk takes: 100,000 subscribers and 50 issues to all of them, the median of 20 requests.

    python benchmarks/desk.py [SUBSCRIBERS] [ISSUES]

It makes the list and the issues with SQL, in a temporary folder, and asks the desk's own application through a socket.
Expected: every page within 200 ms, reports within 2 s.
"""

import statistics
import sys
import tempfile
import time
from pathlib import Path

import httpx
from sqlalchemy import Connection, text

from newsletter.app import send
from newsletter.app.workspace import Workspace
from newsletter.database.engine import writing
from newsletter.issue import freeze
from newsletter.runtime.clock import now
from tests.desk_pages import open_desk_of, organisers_folder

POST = "---\ntitle: Good news, number {number}\n---\n\nThe council said yes, for the {number}. time.\n"
TIMES = 20
PAGES = {
    "home": "/",
    "posts": "/posts",
    "new post": "/posts/new",
    "one post": "/posts/post-00.md",
    "sending": "/posts/post-99.md/send",
    "issues": "/issues",
    "one issue": "/issues/1",
    "its state": "/issues/1/state",
    "people": "/people",
    "import": "/import",
    "segments": "/segments",
    "set-up": "/setup",
    "reports": "/reports",
    "issues side by side": "/reports/issues",
    "report on one": "/reports/issues/1",
    "board": "/reports/board",
}
_PEOPLE = """
    WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :many)
    INSERT INTO subscribers (address, first_name, last_name, language, fields, tags, consent, joined_at)
    SELECT 'person' || n || '@example.org', 'Person', 'Number' || n, '', '{}', '[]', 'confirmed', :at FROM numbers
"""


def main(subscribers: int, issues: int) -> None:
    with tempfile.TemporaryDirectory(prefix="newsletter-bench-") as room:
        place = organisers_folder(Path(room))
        began = time.monotonic()
        fill(place, subscribers, issues)
        print(f"{subscribers:,} subscribers and {issues} issues made in {time.monotonic() - began:.0f} s")
        with open_desk_of(place) as desk:
            desk.client.timeout = httpx.Timeout(600)
            for name, path in PAGES.items():
                took = []
                for _ in range(TIMES):
                    began = time.monotonic()
                    status = desk.get(path).status_code
                    took.append(1000 * (time.monotonic() - began))
                print(
                    f"{name:20} {statistics.median(took):7.0f} ms  (first {took[0]:.0f}, most {max(took):.0f}) {status}"
                )
            searches = []
            for number in range(TIMES):
                began = time.monotonic()
                desk.fill("/people", "/people/search", words=f"person{number}77")
                searches.append(1000 * (time.monotonic() - began))
            print(f"{'search':20} {statistics.median(searches):7.0f} ms  (with the page of its form)")


def fill(place: Workspace, subscribers: int, issues: int) -> None:
    with writing(place.engine) as connection:
        connection.execute(text(_PEOPLE), {"many": subscribers, "at": str(now())})
    for number in range(issues):
        path = place.folder / "posts" / f"post-{number:02}.md"
        path.write_text(POST.format(number=number))
        plan = send.look(place, path, rehearsal=True).plan
        with writing(place.engine) as connection:
            freeze(connection, plan.post, plan.email, plan.letterhead, now())
            finish(connection, number + 1)
    (place.folder / "posts" / "post-99.md").write_text(POST.format(number=99))


def finish(connection: Connection, issue: int) -> None:
    """Have all be accepted but a few."""
    done = "UPDATE deliveries SET state = 'accepted', code = 250, reply = 'ok', at = :at WHERE issue_id = :issue"
    connection.execute(text(done), {"at": str(now()), "issue": issue})
    refused = "UPDATE deliveries SET state = 'refused', code = 550 WHERE issue_id = :issue AND id % 200 = 0"
    connection.execute(text(refused), {"issue": issue})


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000, int(sys.argv[2]) if len(sys.argv) > 2 else 50)
