"""Other senders, with as many messages of the same length, to the same server; each returns messages a second."""

import json
import re
import shutil
import smtplib
import sqlite3
import subprocess
import time
from email.message import EmailMessage
from pathlib import Path

from case import Case
from jinja2 import Template
from servers import postfix_tool

_GAP = re.compile("\ue000(\\w+)[^\ue001]*\ue001")
_NODEMAILER = """
const nodemailer = require("nodemailer"), fs = require("fs");
const {port, connections, messages, subject, html, text} = JSON.parse(fs.readFileSync(0));
const pool = nodemailer.createTransport({host: "127.0.0.1", port, secure: false, ignoreTLS: true, pool: true,
  maxConnections: connections, maxMessages: Infinity});
const fill = (words, n) => words.replace(/\\{\\{ (\\w+) \\}\\}/g, (_, name) =>
  name === "first_name" ? "Name" + n : "https://news.example.org/u/" + n + "-" + "x".repeat(43));
let next = 1, failed = 0;
async function worker() {
  while (next <= messages) {
    const n = next++;
    await pool.sendMail({from: "News <news@example.org>", to: `Name${n} <p${n}@example.org>`, subject,
      text: fill(text, n), html: fill(html, n),
      headers: {"List-Unsubscribe": `<${fill("{{ url }}", n)}>`, "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
    }).catch(() => failed++);
  }
}
const begun = process.hrtime.bigint();
Promise.all(Array.from({length: 2 * connections}, worker)).then(() => {
  console.log(JSON.stringify({seconds: Number(process.hrtime.bigint() - begun) / 1e9, failed}));
  pool.close();
});
"""


def smtp_source(port: int, case: Case, messages: int, connections: int = 8) -> float:
    """Postfix's load generator in C: ready-made octets, nothing personal in them, no database, no pipelining."""
    words = ["-d", "-s", str(connections), "-m", str(messages), "-l", str(len(case.message)), f"127.0.0.1:{port}"]
    begun = time.perf_counter()
    subprocess.run([postfix_tool("smtp-source"), *words], check=True)
    return messages / (time.perf_counter() - begun)


def smtplib_loop(port: int, case: Case, messages: int) -> float:
    """The usual loop on one connection: render, send, commit."""
    page = Template(_GAP.sub(r"{{ \1 }}", case.issue.email.html), autoescape=True)
    source = Path(case.database.removeprefix("sqlite:///"))
    database = sqlite3.connect(shutil.copy(source, source.with_suffix(".loop")))
    rows = database.execute("SELECT id, address, first_name FROM deliveries LIMIT ?", (messages,)).fetchall()
    begun = time.perf_counter()
    with smtplib.SMTP("127.0.0.1", port) as client:
        for number, address, name in rows:
            mail = EmailMessage()
            mail["Subject"], mail["From"], mail["To"] = case.issue.email.subject, "news@example.org", address
            mail.set_content(case.issue.email.text)
            mail.add_alternative(page.render(first_name=name, unsubscribe_url="https://x.test/u"), subtype="html")
            client.send_message(mail)
            database.execute("UPDATE deliveries SET state = 'accepted' WHERE id = ?", (number,))
            database.commit()
    seconds = time.perf_counter() - begun
    database.close()
    return len(rows) / seconds


def install_nodemailer(folder: Path) -> bool:
    """Install nodemailer into `folder` if npm and a registry can be reached; return whether it is there."""
    npm = shutil.which("npm")
    if not (npm and shutil.which("node")):
        return False
    words: list[str | Path] = [npm, "install", "--silent", "--no-audit", "--no-fund", "--prefix", folder, "nodemailer"]
    (folder / "nodemailer.js").write_text(_NODEMAILER)
    return subprocess.run(words, capture_output=True).returncode == 0


def nodemailer(folder: Path, port: int, case: Case, messages: int, connections: int = 20) -> float:
    """nodemailer's pooled transport, which composes each message, without a database."""
    email = case.issue.email
    words = {
        "subject": email.subject,
        "html": _GAP.sub(r"{{ \1 }}", email.html),
        "text": _GAP.sub(r"{{ \1 }}", email.text),
    }
    given = json.dumps({"port": port, "connections": connections, "messages": messages, **words})
    command: list[str | Path] = ["node", folder / "nodemailer.js"]
    said = subprocess.run(command, input=given, capture_output=True, text=True, check=True, cwd=folder).stdout
    result = json.loads(said)
    assert not result["failed"], f"nodemailer failed {result['failed']} times"
    return messages / float(result["seconds"])
