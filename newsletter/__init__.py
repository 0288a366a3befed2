"""An update post becomes mail in supporters' inboxes; read the stages in order.

    app            what organisers do, as functions; cli prints their results
    sources     0  a document, web page or export becomes a post file
    post        1  a file becomes a Post
    publish     1  pictures and documents beside it become files with an address
    compiler    2  a Post becomes a CompiledEmail, once per issue
    check       3  what readers would suffer, and what to do about it
    preview     3  the author looks first: previews, one test mail
    issue       4  freeze: content and audience, written down in one transaction
    message     5  a delivery becomes an envelope and a message, with the recipient's own parts
    transport   6  a message becomes a Reply: the SMTP conversation, or a folder of .eml
    policy      6  what a reply means, and what follows: pure decisions
    delivery    7  claim, hand over, record: no recipient is lost or written to twice
    reports     8  the send log becomes an account, which must balance
    archive     8  past issues, for everybody to read
    bounces     9  a mail that came back becomes a suppression, or certainty about an uncertain delivery

The package ``subscribers`` beside this one decides who may be written to.
"""

__version__ = "0.1.0"
