"""Messages of WhatsApp and Telegram: what was written stays; who wrote, and when, does not."""

# ruff: noqa: E501  because sources stand here as they come, in one line

from collections.abc import Callable

from newsletter.sources import Draft

CHATS = {
    "an iPhone": "[03/03/2026, 10:00:01] Ann Lee: *Pond news*\nFrogs are _back_.\n\n- rakes\n- cake\n[03/03/2026, 10:01:00] Ben: \u200eimage omitted\n",
    "Android": "03/03/2026, 10:00 - Messages and calls are end-to-end encrypted.\n03/03/2026, 10:00 - +44 7700 900123: *Pond news*\nFrogs are _back_.\n\n- rakes\n- cake\n",
    "Android in German": "03.03.26, 10:00 - Ann: *Pond news*\nFrogs are _back_.\n\n- rakes\n- cake\n03.03.26, 10:01 - Ben: <Medien ausgeschlossen>\n",
    "an American": "3/3/26, 10:00\u202fAM - Ann: *Pond news*\nFrogs are _back_.\n\n- rakes\n- cake\n",
    "Telegram": "Ann Lee, [3 Mar 2026 at 10:00]\n*Pond news*\nFrogs are _back_.\n\n- rakes\n- cake\n",
    "Telegram on a desk": "Ann Lee, [03.03.2026 10:00]\n*Pond news*\nFrogs are _back_.\n\n- rakes\n- cake\n",
}


def test_a_chat_becomes_a_post_without_names_and_numbers(add: Callable[..., Draft]) -> None:
    for name, text in CHATS.items():
        draft = add(text, "chat.txt")
        assert (name, draft.kind, draft.title) == (name, "chat", "Pond news")
        assert draft.body == "Frogs are *back*.\n\n- rakes\n- cake\n", name
        assert any(need.what == "names" for need in draft.needs)


def test_a_telegram_export_is_read(add: Callable[..., Draft]) -> None:
    text = '{"name": "Pond", "messages": [{"type": "service", "text": ""}, {"type": "message", "from": "Ann", "text": ["Frogs are ", {"type": "bold", "text": "back"}, "."], "text_entities": []}]}'
    assert add(text, "result.json").body == "Frogs are back.\n"


def test_a_message_that_was_deleted_is_no_attachment(add: Callable[..., Draft]) -> None:
    for words in (
        *("This message was deleted", "You deleted this message.", "\u200eThis message was deleted by admin Ann Lee."),
        *("Cafodd y neges hon ei dileu", "Rydych wedi dileu'r neges hon", "Dilëwyd y neges hon"),
        *("Diese Nachricht wurde gelöscht.", "Du hast diese Nachricht gelöscht.", "🚫 Se eliminó este mensaje."),
        *("Eliminaste este mensaje.", "Ce message a été supprimé", "Vous avez supprimé ce message"),
    ):
        text = f"[03/03/2026, 10:00:01] Ann: Pond news\nFrogs.\n[03/03/2026, 10:01:00] Ben: {words}\n"
        draft = add(text, "chat.txt")
        (left,) = draft.dropped
        assert (draft.body, left.what, left.counts) == ("Frogs.\n", "deleted message", False), words


def test_a_letter_that_opens_with_a_date_is_no_chat(add: Callable[..., Draft]) -> None:
    assert add("3 March 2026\n\nDear friends: the pond is clean.\n", "a.txt").kind == "pasted text"


PAGE = """<!DOCTYPE html><html><head><title>Exported Data</title></head><body><div class="page_wrap"><div class="page_header">
<div class="text bold">Pond group</div></div><div class="page_body chat_page"><div class="history">
<div class="message service" id="message-1"><div class="body details">3 March 2026</div></div>
<div class="message default clearfix" id="message2"><div class="pull_left userpic_wrap"><div class="userpic"><div class="initials">A</div></div></div>
<div class="body"><div class="pull_right date details" title="03.03.2026 10:00:01 UTC+00:00">10:00</div><div class="from_name">Ann Lee </div>
<div class="text"><strong>Pond news</strong><br><br>Frogs are <em>back</em>: <a href="https://example.org/pond">see them</a>.<br>Bring rakes.</div></div></div>
<div class="message default clearfix joined" id="message3"><div class="body"><div class="pull_right date details" title="">10:01</div>
<div class="media_wrap clearfix"><div class="media clearfix"><div class="body"><div class="title bold">Voice message</div></div></div></div></div></div>
<div class="message default clearfix" id="message4"><div class="body"><div class="from_name">Ben</div><div class="text">And cake.</div></div></div>
</div></div></div></body></html>"""


def test_the_page_that_telegram_exports_is_a_chat(add: Callable[..., Draft]) -> None:
    draft = add(PAGE, "messages.html")
    assert (draft.kind, draft.title) == ("chat", "Pond news")
    assert draft.body == "Frogs are *back*: [see them](https://example.org/pond).\\\nBring rakes.\n\nAnd cake.\n"
    assert [str(each) for each in draft.dropped] == ["“3 March 2026”", "attachment: “Voice message”"]
    assert [need.words for need in draft.needs if need.what == "names"] == ["2 who wrote"]
    assert "Ann" not in draft.body
    assert "10:0" not in draft.body
