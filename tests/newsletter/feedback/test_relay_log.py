"""What a Postfix log tells about mails by their Message-ID."""

from newsletter.bounces.relay_log import fates

HOST = "Mar  1 12:00:00 mx postfix"
MAIL = "<1.abc@example.org>"


def log(*lines: str) -> list[str]:
    return [f"{HOST}/{line}" for line in lines]


def test_a_mail_that_was_handed_on_put_off_or_sent_back_was_taken() -> None:
    for status in ("sent", "deferred", "bounced"):
        lines = log(
            f"cleanup[12]: 4GaBcd: message-id={MAIL}",
            "qmgr[3]: 4GaBcd: from=<bounces@example.org>, size=900, nrcpt=1 (queue active)",
            f"smtp[4]: 4GaBcd: to=<a@example.org>, relay=mx[192.0.2.1]:25, delay=1, status={status} (250 ok)",
        )
        assert fates(lines, {MAIL}) == {MAIL: status}


def test_the_latest_word_holds() -> None:
    lines = log(
        f"cleanup[12]: 4GaBcd: message-id={MAIL}",
        "smtp[4]: 4GaBcd: to=<a@example.org>, status=deferred (450 later)",
        "smtp[4]: 4GaBcd: to=<a@example.org>, status=sent (250 ok)",
        "qmgr[3]: 4GaBcd: removed",
    )
    assert fates(lines, {MAIL}) == {MAIL: "sent"}


def test_a_mail_that_is_still_queued_was_taken() -> None:
    lines = log(f"cleanup[1]: 4GaBcd: message-id={MAIL}", "qmgr[3]: 4GaBcd: from=<x>, size=9, nrcpt=1 (queue active)")
    assert fates(lines, {MAIL}) == {MAIL: "taken"}


def test_a_message_id_alone_is_no_proof_because_it_is_logged_before_the_mail_is_whole() -> None:
    lines = log(
        f"cleanup[12]: 4GaBcd: message-id={MAIL}",
        "smtpd[2]: lost connection after DATA (35 bytes) from unknown[192.0.2.7]",
    )
    assert fates(lines, {MAIL}) == {}


def test_a_queue_number_that_is_given_out_again_is_another_mail() -> None:
    lines = log(
        f"cleanup[12]: 4GaBcd: message-id={MAIL}",
        "cleanup[12]: 4GaBcd: message-id=<other@example.org>",
        "smtp[4]: 4GaBcd: to=<a@example.org>, status=sent (250 ok)",
    )
    assert fates(lines, {MAIL}) == {}


def test_lines_of_others_and_mails_of_others_are_passed_over() -> None:
    lines = [
        "not a line of a log \ufffd\0",
        *log("cleanup[12]: 4GaBcd: message-id=<other@example.org>", "smtp[4]: 4GaBcd: status=sent (250 ok)"),
        f"Mar  1 sshd[1]: 4GaBcd: message-id={MAIL}",
    ]
    assert fates(lines, {MAIL}) == {}


def test_other_names_of_the_instance_and_journals_dates_are_read() -> None:
    lines = [
        f"2026-03-01T12:00:00.123+00:00 mx postfix-out/cleanup[12]: 4GaBcd: message-id={MAIL}",
        "2026-03-01T12:00:00.125+00:00 mx postfix-out/submission/smtp[9]: 4GaBcd: to=<a@b>, status=sent (250)",
    ]
    assert fates(lines, {MAIL}) == {MAIL: "sent"}
