"""Reads a mail and says what it is. Only this file decides which kind a mail is, and in which order kinds are tried."""

import hashlib
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from newsletter.bounces.parse.delivery_status import reporting_server
from newsletter.bounces.parse.failure import reports
from newsletter.bounces.parse.feedback import feedback_fields, feedback_type
from newsletter.bounces.parse.human import is_receipt, read_answer_of
from newsletter.bounces.parse.identity import Signatures
from newsletter.bounces.parse.kinds import AutoReply, Bounce, Complaint, Feedback, Unknown, Unsubscribe
from newsletter.bounces.parse.letter import Letter, open_letter
from newsletter.bounces.parse.notice import with_report
from newsletter.bounces.parse.prose import told
from newsletter.bounces.parse.sorting import (
    is_absence,
    is_automatic,
    is_feedback,
    is_from_a_server,
    is_of_a_list,
    is_report,
    says_it_is_automatic,
)

MOST_SHOWN = 200


class FeedbackReader:
    """Reads the mails of one list's bounce mailbox."""

    def __init__(self, secret_keys: Sequence[str], list_id: str) -> None:
        self._signatures = Signatures(secret_keys, list_id)

    def read(self, mail: bytes) -> Feedback:
        """Say what `mail` is, and which subscriber and issue it is about. Raises nothing, whatever its bytes are."""
        letter = with_report(open_letter(mail))
        prose, below = told(letter)
        heads = [*letter.originals, below, *letter.of_type(*_MACHINES_PARTS)]
        arrived, original = self._signatures.of_arrival(letter), self._signatures.of_original(heads)
        if is_feedback(letter):
            # The original first: complaints come to an address of their own.
            kind = feedback_type(feedback_fields(letter))
            who = original or arrived
            return Complaint(who, kind, _sender(letter), _digest(letter, mail), _written(letter))
        who = arrived or original
        told_by_a_machine = is_from_a_server(letter) or is_of_a_list(letter)
        if is_report(letter) or (told_by_a_machine and not is_absence(letter)):
            found = reports(letter, prose, mail)
            if found:
                by = reporting_server(letter) or _sender(letter)
                return Bounce(who, found, by, _digest(letter, mail), _written(letter))
        leaving = None if is_absence(letter) else self._signatures.of_leaving(letter)
        if leaving:
            return Unsubscribe(leaving, _digest(letter, mail))
        subject = letter.words("subject")[:MOST_SHOWN]
        answer = read_answer_of(letter, _digest(letter, mail))
        if is_automatic(letter) or is_receipt(letter):
            return AutoReply(who, subject, None if says_it_is_automatic(letter) else answer)
        return Unknown(who, subject, _sender(letter), answer)


_MACHINES_PARTS = ("message/delivery-status", "message/global-delivery-status", "message/feedback-report")


def _digest(letter: Letter, mail: bytes) -> str:
    """Hash the Message-ID, because a mail that comes another way has other fields; without one, hash the body."""
    own = letter.first("message-id").encode("utf-8", "replace") or re.split(rb"\r?\n\r?\n", mail, maxsplit=1)[-1]
    return hashlib.sha256(own).hexdigest()


def _written(letter: Letter) -> datetime | None:
    try:
        at = parsedate_to_datetime(letter.first("date"))
        return at.replace(tzinfo=at.tzinfo or UTC).astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def _sender(letter: Letter) -> str:
    return letter.words("from")[:MOST_SHOWN]
