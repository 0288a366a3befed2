"""The bytes of a mail in, what it is out. The one place that decides which kind a mail is of, and in which order."""

from collections.abc import Sequence

from newsletter.bounce.delivery_status import reporting_server
from newsletter.bounce.failure import reports
from newsletter.bounce.feedback import feedback_fields, feedback_type
from newsletter.bounce.identity import Signatures, message_id
from newsletter.bounce.kinds import AutoReply, Bounce, Complaint, News, Unknown, Unsubscribe
from newsletter.bounce.letter import Letter, open_letter
from newsletter.bounce.notice import unwrapped
from newsletter.bounce.prose import told
from newsletter.bounce.sorting import is_absence, is_automatic, is_feedback, is_from_a_server, is_report

MOST_SHOWN = 200


class Reader:
    """Reads the mails of one list's bounce mailbox."""

    def __init__(self, secret_keys: Sequence[str], list_id: str) -> None:
        self._signatures = Signatures(secret_keys, list_id)

    def read(self, mail: bytes) -> News:
        """Say what `mail` is and whose. Raises nothing, whatever it is."""
        letter = unwrapped(open_letter(mail))
        prose, below = told(letter)
        heads = [*letter.originals, below, *letter.of_type(*_MACHINES_PARTS)]
        arrived, original = self._signatures.of_arrival(letter), self._signatures.of_original(heads)
        if is_feedback(letter):
            # The original first, because a complaint comes to an address of its own.
            kind = feedback_type(feedback_fields(letter))
            return Complaint(original or arrived, kind, _sender(letter), message_id(heads))
        who = arrived or original
        if is_report(letter) or (is_from_a_server(letter) and not is_absence(letter)):
            found = reports(letter, prose, mail)
            if found:
                return Bounce(who, found, (reporting_server(letter) or _sender(letter)), message_id(heads))
        leaving = None if is_absence(letter) else self._signatures.of_leaving(letter)
        if leaving:
            return Unsubscribe(leaving)
        subject = letter.words("subject")[:MOST_SHOWN]
        return AutoReply(who, subject) if is_automatic(letter) else Unknown(who, subject, _sender(letter))


_MACHINES_PARTS = ("message/delivery-status", "message/global-delivery-status", "message/feedback-report")


def _sender(letter: Letter) -> str:
    return letter.words("from")[:MOST_SHOWN]
