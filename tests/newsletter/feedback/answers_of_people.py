"""Answers as ten mail programs build them, and mails that only look like answers; each to the mail with @ID@."""

QUOTED = "Unsubscribe: https://news.example.org/u/1.7.x\nThe council said yes."
QUOTE = "\r\n".join(f"> {line}" for line in QUOTED.splitlines())


def _mail(head: str, body: str) -> bytes:
    lines = "\n".join(line.strip() for line in head.strip().splitlines())
    return f"{lines.replace('|', f'{chr(10)} ')}\n\n{body}".replace("\r\n", "\n").replace("\n", "\r\n").encode()


def _both(boundary: str, plain: str, html: str) -> str:
    return (
        f"--{boundary}\nContent-Type: text/plain; charset=utf-8\n\n{plain}\n"
        f"--{boundary}\nContent-Type: text/html; charset=utf-8\n\n{html}\n--{boundary}--\n"
    )


def answers(words: str) -> dict[str, bytes]:
    """Return the answer of each mail program that says `words`."""
    common = "From: Ada <ada@example.org>\nTo: news@example.org\nSubject: Re: Good news\nMIME-Version: 1.0"
    wrote = "On Mon, 1 Mar 2027 at 09:00, Gŵyl Fach <news@example.org> wrote:"
    return {
        "gmail": _mail(
            f"""{common}
            References: @ID@
            In-Reply-To: @ID@
            Message-ID: <CAGm1x@mail.gmail.test>
            Content-Type: multipart/alternative; boundary="0000aa" """,
            _both("0000aa", f"{words}\n\n{wrote}\n\n{QUOTE}", f'<div dir="ltr">{words}</div>'),
        ),
        "android": _mail(
            f"""{common}
            In-Reply-To: @ID@
            References: @ID@
            Message-ID: <CAAnd2@mail.gmail.test>
            Content-Type: multipart/alternative; boundary="0000bb" """,
            _both("0000bb", f"{words}\n\nOn 1 Mar 2027, 09:00 Gŵyl Fach, <news@example.org>\nwrote:\n\n{QUOTE}", "x"),
        ),
        "outlook": _mail(
            f"""{common.replace("Re:", "RE:")}
            Thread-Topic: Good news
            Thread-Index: AdqXyz==
            References: @ID@
            In-Reply-To: @ID@
            Message-ID: <PR3P1@eurprd01.prod.outlook.test>
            X-MS-Has-Attach:
            Content-Language: en-GB
            Content-Type: multipart/alternative; boundary="_000_PR3P1_" """,
            _both(
                "_000_PR3P1_",
                f"{words}\n\nFrom: Gŵyl Fach <news@example.org>\nSent: 01 March 2027 09:00\nTo: Ada\n\n{QUOTED}",
                f"<p>{words}</p><div><b>From:</b> Gŵyl Fach<br><b>Sent:</b> 01 March</div><p>{QUOTED}</p>",
            ),
        ),
        "exchange": _mail(
            f"""{common}
            In-Reply-To: @ID@
            References:|<other@example.org>|@ID@
            Message-ID: <f00d@mail.county.test>
            x-originating-ip: [192.0.2.7]
            Content-Type: text/html; charset="utf-8"
            Content-Transfer-Encoding: 8bit""",
            f'<html><body><p>{words}</p><div id="x_divRplyFwdMsg"><hr>________________________________<br>'
            f"From: Gŵyl Fach<br>Sent: 01 March 2027<br></div><p>{QUOTED}</p></body></html>",
        ),
        "apple": _mail(
            f"""{common}
            Mime-Version: 1.0 (Mac OS X Mail 16.0)
            In-Reply-To: @ID@
            References: @ID@
            Message-Id: <8C2D-4B@icloud.test>
            X-Mailer: Apple Mail (2.3774)
            Content-Type: text/plain; charset=utf-8""",
            f"{words}\n\n> On 1 Mar 2027, at 09:00, Gŵyl Fach <news@example.org> wrote:\n> \n{QUOTE}",
        ),
        "ios": _mail(
            f"""{common}
            References: @ID@
            In-Reply-To: @ID@
            Message-Id: <0BADF00D@icloud.test>
            X-Mailer: iPhone Mail (22A3354)
            Content-Type: multipart/alternative; boundary=Apple-Mail-1 """,
            _both("Apple-Mail-1", f"{words}\n\nSent from my iPhone\n\n{wrote.replace('Mon, ', '')}\n> {QUOTE}", "x"),
        ),
        "thunderbird": _mail(
            f"""{common}
            Message-ID: <5d0f-77@example.test>
            User-Agent: Mozilla Thunderbird
            References: @ID@
            Content-Language: cy
            In-Reply-To: @ID@
            Content-Type: text/plain; charset=UTF-8; format=flowed""",
            f"{words}\n\nOn 01/03/2027 09:00, Gŵyl Fach wrote:\n{QUOTE}",
        ),
        "yahoo": _mail(
            f"""{common}
            Message-ID: <1234.5678@mail.yahoo.test>
            In-Reply-To: @ID@
            References: @ID@
            X-Mailer: WebService/1.1.1 YMailNorrin
            Content-Type: multipart/alternative; boundary="----=_Part_1" """,
            _both("----=_Part_1", f" {words}\n\n    {wrote[:-1]}:  \n \n {QUOTED}", "x"),
        ),
        "proton": _mail(
            f"""{common}
            Message-ID: <k3Xq==@proton.test>
            In-Reply-To: @ID@
            References: @ID@
            Feedback-ID: 12:user:proton
            Content-Type: text/plain; charset=utf-8""",
            f"{words}\n\nSent with Proton Mail secure email.\n\nOn Monday, 1 March 2027 at 09:00, "
            f"Gŵyl Fach <news@example.org> wrote:\n\n{QUOTE}",
        ),
        "mutt": _mail(
            f"""{common}
            Message-ID: <20270301.GA1@host.test>
            References: <a@b.test> @ID@
            In-Reply-To: @ID@ (Gŵyl Fach's message of "Mon, 1 Mar 2027")
            User-Agent: Mutt/2.2.9
            Content-Type: text/plain; charset=utf-8
            Content-Disposition: inline""",
            f"{words}\n\n* Gŵyl Fach <news@example.org> wrote:\n{QUOTE}\n-- \nAda: unsubscribe me from life\n",
        ),
    }


NOT_ANSWERS = {
    "vacation of gmail": "Auto-Submitted: auto-replied\nPrecedence: bulk\nX-Autoreply: yes",
    "out of office of exchange": "Auto-Submitted: auto-generated\nX-Auto-Response-Suppress: All",
    "away, by its subject alone": "Subject: Automatic reply: Good news",
    "read receipt": 'Content-Type: multipart/report; report-type=disposition-notification; boundary="r"',
    "read receipt of exchange": "Subject: Read: Good news\nX-MS-Exchange-Message-Is-Read-Receipt: 1",
    "a ticket": "From: Desk <no-reply@county.test>\nSubject: We have your message",
    "a bounce": "From: MAILER-DAEMON@example.org\nReturn-Path: <>\nSubject: Undelivered Mail Returned to Sender",
    "our own answer": "From: Gŵyl Fach <news@example.org>",
    "a copy of our mail": "Message-ID: @ID@",
}


def not_an_answer(head: str) -> bytes:
    """Return a mail with the threading of an answer that no person wrote; `head` has the fields that say so."""
    named = {line.partition(":")[0].lower() for line in head.splitlines()}
    usual = {
        "From": "Ada <ada@example.org>",
        "Subject": "Re: Good news",
        "Message-ID": f"<{len(head)}@example.test>",
        "Content-Type": "text/plain; charset=utf-8",
    }
    more = "\n".join(f"{name}: {value}" for name, value in usual.items() if name.lower() not in named)
    return _mail(f"{head}\n{more}\nTo: news@example.org\nIn-Reply-To: @ID@\nReferences: @ID@", "unsubscribe me please")
