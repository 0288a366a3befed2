"""A yes with a refusal, a condition or a foreign word in it is no yes; a word in another script is no empty cell."""

import pytest

from subscribers.imports.names import Smell
from subscribers.imports.readings import answer_reading, flag, word
from subscribers.imports.status import BadRow, ImportedStatus
from subscribers.imports.survey import ENOUGH, _Column
from subscribers.imports.vocabulary import answer_of

DOUBTFUL = (
    "I want to opt out", "I want to unsubscribe", "I would like to be removed", "I would like to cancel",
    "I want out", "Yes, unsubscribed", "Yes, remove me", "Please do take me off", "Please keep me off the list",
    "I agree to be deleted", "Yes, but only by phone", "OK: phone only", "Yes, by post",
    "yes, unless it is about money", "Sure, by text message", "Ja, aber nur per Post", "Ich möchte mich abmelden",
    "Ich will nicht", "Oui, mais seulement par courrier", "Je veux me désabonner", "Quiero darme de baja",
    "Sí, pero solo por teléfono", "Ie, ond dim e-byst", "No. 12 bus", "не yes", "yes 不", "Да", "退订",
)  # fmt: skip
MEANT = (
    "Yes please", "Yes, I would", "Yes, please send me news", "OK", "Sign me up", "please add me to the list",
    "I agree", "Yes, keep me posted", "Count me in", "Oui, merci", "Ja, gerne", "Ydw, os gwelwch yn dda",
    "Rwy'n cytuno", "Sí",
)  # fmt: skip


def test_a_yes_in_doubt_is_no_yes() -> None:
    assert {text: answer_of(text) for text in DOUBTFUL} == dict.fromkeys(DOUBTFUL)
    assert {text: answer_of(text) for text in MEANT} == dict.fromkeys(MEANT, True)


def test_such_a_row_is_left_out_and_named() -> None:
    read = answer_reading("May we send you news by email?")
    for text in DOUBTFUL:
        with pytest.raises(BadRow):
            read(text)


@pytest.mark.parametrize("text", ["отписан", "退订", "διαγράφηκε", "لا", "отписан 2", "не yes"])
def test_a_status_in_another_script_is_no_empty_cell(text: str) -> None:
    for read in (word, flag(ImportedStatus.CONFIRMED, ImportedStatus.WITHDRAWN), flag(ImportedStatus.WITHDRAWN, None)):
        with pytest.raises(BadRow):
            read(text)


def test_signs_alone_are_an_empty_cell() -> None:
    assert [word(text) for text in ("", " ", "—", "…", "_")] == [None] * 5


@pytest.mark.parametrize("text", ["décédé", "Désabonné", "DECEDE", "do-not-contact"])
def test_a_refusal_late_in_a_column_of_prose_is_found_with_its_accents(text: str) -> None:
    column = _Column("notes")
    assert column.smell is not Smell.REFUSAL
    column.look(f"likes gardens, number {number}" for number in range(ENOUGH + 1))
    column.look([text])
    assert column.why(of_a_place=False)
