"""What mail servers mean by what they say: one table for the replies of our relay and for bounces. Pure.

    code, words ──▶ meaning ──▶ newsletter.policy.verdict    what happens to the recipient, what is asked of the relay
                            └─▶ newsletter.bounces.parse     what a returned mail says about the subscriber

meanings   what an answer can be about
codes      enhanced status codes (RFC 3463) and what each means
words      phrases and what each means, in their order of precedence
reading    code and words together, by one precedence
likeness   whether two recipients got the same answer
"""

from newsletter.policy.answers.likeness import likeness, shown_for_many
from newsletter.policy.answers.meanings import Meaning
from newsletter.policy.answers.reading import AnswerReading, read_answer, status_of
from newsletter.policy.answers.words import is_switched_off

__all__ = ["AnswerReading", "Meaning", "is_switched_off", "likeness", "read_answer", "shown_for_many", "status_of"]
