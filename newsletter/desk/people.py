"""People: find one, and see or change what is held of them; add one; erase one.

A search is a form that is posted, and a person's page is named by a handle: no address is ever in a URL or a title.
"""

from starlette.exceptions import HTTPException
from starlette.responses import Response

from newsletter.app import by_hand, needs, people, person, suppressions
from newsletter.app import imports as lists
from newsletter.desk.desk import Asked, Desk
from newsletter.desk.pages import DeskPage
from newsletter.people.person import is_empty, story
from subscribers.errors import Explained

MOST = 50


def show_people(desk: Desk, asked: Asked, status: int = 200, **more: object) -> Response:
    """Offer a search, adding a person, and importing a list."""
    shown: dict[str, object] = {"why": "", "words": "", "found": None, "fields": {}}
    values = {
        "recipients": needs.recipients(desk.workspace),
        "imports": lists.all_imports(desk.workspace)[:10],
        "most": MOST,
    }
    return desk.page(asked, "people", status, **shown | values | more)


def search(desk: Desk, asked: Asked) -> Response:
    """Find people by a part of their address or name; a whole address leads to its story, also off the list."""
    words = asked.field("words")
    found = people.search(desk.workspace, words, MOST)
    if not found and "@" in words:
        try:
            held = person.everything(desk.workspace, words)
        except Explained as refusal:
            return show_people(desk, asked, 422, why=str(refusal), words=words)
        if not is_empty(held):
            return desk.go(f"/people/{desk.handle(held['email'])}")
    return show_people(desk, asked, words=words, found=found)


def add(desk: Desk, asked: Asked) -> Response:
    """Add a person who said yes."""
    details = by_hand.Details(asked.field("first_name"), asked.field("last_name"), asked.field("language"))
    tags = tuple(filter(None, (each.strip() for each in asked.field("tags").split(";"))))
    try:
        address, outcome = by_hand.add(desk.workspace, asked.field("email"), asked.field("wording"), details, tags)
    except Explained as refusal:
        return show_people(desk, asked, 422, why=str(refusal), fields=dict(asked.sent.fields))
    words = {"added": "They are on the list.", "updated": "They were on the list, and are brought up to date."}
    note = words.get(str(outcome), "They were on the list already.")
    return desk.go(f"/people/{desk.handle(address)}", desk.say(asked, note))


def show_person(desk: Desk, asked: Asked) -> Response:
    """Tell one person's story."""
    address = _address(desk, asked)
    held = person.everything(desk.workspace, address)
    lines = list(story(held))
    stopped = bool(held["suppressions"])
    return desk.page(
        asked,
        "person",
        address=address,
        handle_of=asked.path["handle"],
        lines=[line.strip() for line in lines[1:]],
        held=held,
        listed=held["subscriber"],
        stopped=stopped,
        empty=is_empty(held),
    )


def change(desk: Desk, asked: Asked) -> Response:
    """Change what is held of a person: tag, untag, unsubscribe, never email, allow again."""
    address, handle = _address(desk, asked), asked.path["handle"]
    place, tag = desk.workspace, asked.field("tag")
    match asked.field("do"):
        case "tag":
            people.tag(place, tag, (address,), lambda doubt: None)
        case "untag":
            people.untag(place, tag, (address,), lambda doubt: None)
        case "unsubscribe":
            person.unsubscribe(place, address)
        case "stop":
            suppressions.add(place, address, asked.field("detail"))
        case "lift":
            suppressions.remove(place, address)
        case _:
            raise HTTPException(400)
    return desk.go(f"/people/{handle}", desk.say(asked, "Done."))


def erase(desk: Desk, asked: Asked) -> Response:
    """Erase a person for good."""
    address = _address(desk, asked)
    if asked.field("sure") != "yes":
        return desk.go(f"/people/{asked.path['handle']}", desk.say(asked, "Tick the box to erase them for good."))
    done = person.erase(desk.workspace, address)
    desk.people.drop(asked.path["handle"])
    notes = [desk.say(asked, "They are erased, from the list and from every issue.")]
    return desk.go("/people", *notes, *([done.residue] if done.residue else []))


def _address(desk: Desk, asked: Asked) -> str:
    address = desk.people.get(asked.path["handle"])
    if address is None:
        raise HTTPException(404)
    return address


PAGES = (
    DeskPage("/people", show_people),
    DeskPage("/people/search", take=search),
    DeskPage("/people/add", take=add),
    DeskPage("/people/{handle}", show_person),
    DeskPage("/people/{handle}/change", take=change),
    DeskPage("/people/{handle}/erase", take=erase),
)
