"""How a compiled mail is looked at: as a document, and with its gaps filled in."""

from lxml import html as lxml_html

from newsletter.compiler import CompiledEmail, Furniture

FURNITURE = Furniture("Gyda’n Gilydd & Friends", "12 Heol yr Eglwys, Caerdydd CF10 1AA")
FILLED = {
    "first_name": "Siân",
    "unsubscribe_url": "https://news.example.org/u/1",
    "web_url": "https://news.example.org/w/1",
}


def body_of(mail: CompiledEmail) -> lxml_html.HtmlElement:
    body = lxml_html.document_fromstring(mail.html).find("body")
    assert body is not None
    return body
