"""An update post becomes mail in supporters' inboxes; read the stages in order.

    sources     0  a document, web page or export becomes a post file
    post        1  a file becomes a Post
    publish     1  pictures and documents beside it become files with an address
    compiler    2  a Post becomes a CompiledEmail, once per issue
    check       3  what readers would suffer, and what to do about it
    proof       3  the author looks first: previews, one test mail
    issue       4  freeze: content and audience, written down in one transaction
    message     5  a delivery becomes an envelope and a message, with the recipient's own parts
    transport   6  a message becomes a Reply: the SMTP conversation, or a folder of .eml
    deliver     7  claim, hand over, record: no recipient is lost or written to twice
    report      8  the send log becomes a transcript, which must balance
    bounce      9  a mail's bytes become a Bounce, a Complaint, an Unsubscribe; `hearing` draws the conclusions
    archive     8  past issues, for everybody to read
    app         9  what organisers do, as functions; `cli` parses, calls one of them, and prints

The package ``subscribers`` beside this one decides who may be written to.
"""

__version__ = "0.1.0"
