"""The account of an issue as an organiser reads it on stdout."""

from newsletter.app.look_back import FirstRecipients
from newsletter.cli.printing import put, say
from newsletter.database.tables import State
from newsletter.reports.account import IssueAccount
from newsletter.reports.labels import LABELS, LEFT_OUT, in_words
from newsletter.runtime.clock import in_full
from subscribers.through import Through


def show_account(account: IssueAccount) -> None:
    """Print the account of an issue, with its sums."""
    put(f"Issue {account.issue}: {account.subject}")
    if remark := account.remark():
        put(f"  {remark}")
    if account.is_scheduled:
        return
    people = "person" if account.candidates == 1 else "people"
    put(f"  {account.candidates:>9,} {people} on the list when sending began ({in_full(account.frozen_at)})")
    for reason, number in sorted(account.excluded.items()):
        put(f"  {number:>9,} left out: {LEFT_OUT.get(reason, reason)}")
    put(f"  {account.frozen:>9,} to email:")
    _put_languages(account)
    for state in State:
        if account.states[state]:
            put(f"  {account.states[state]:>9,}   {LABELS[state]}")
            _put_answers(account, state)
    for echo in account.heard:
        put(f"  {echo.number:>9,}   came back later: {echo.words}")
    for number, what in _in_words(account.through):
        put(f"  {number:>9,}   {what}")
    _show_unsubscribe_reasons(account)
    put(f"  Everybody is accounted for. Sending took {account.seconds:.1f} seconds.")


def _put_languages(account: IssueAccount) -> None:
    if account.only_because:
        put(f"              in one of its two languages, because: {account.only_because}")
    for languages, number in sorted(account.languages.items()):
        put(f"  {number:>9,}   in {in_words(languages)}")


def _put_answers(account: IssueAccount, state: State) -> None:
    for answer in account.answers:
        if answer.state is state:
            said = f"{answer.code or ''} {answer.reply}".strip()
            put(f"              {answer.number:,} × {said if answer.reply else f'{said} (without a reason)'.lstrip()}")


def _in_words(done: Through) -> list[tuple[int, str]]:
    """List what readers did through the links of an issue, with a count of each; empty if they did nothing."""
    said = {
        "unsubscribed with its links": done.unsubscribed,
        "subscribed again with its links": done.came_back,
        "changed their address with its links": done.changed_address,
        "changed their preferences with its links": done.changed_preferences,
    }
    return [(number, what) for what, number in said.items() if number]


def _show_unsubscribe_reasons(account: IssueAccount) -> None:
    for reason, number in account.left.reasons.most_common():
        put(f"  {number:>9,}   unsubscribed and said why: {reason}")
    for words in account.left.words:
        put(f"              “{words}”")


def say_names(names: FirstRecipients) -> None:
    """List the first recipients of an issue who are in a state."""
    for entry in names.first:
        say(f"  {LABELS[names.state]}: {entry.address} ({entry.message_id})")
    if names.has_more:
        say(f"  … To list all of them: newsletter log {names.issue} --state {names.state}")
