"""What organisers do, as functions: the command line calls one for each command, and any other program can.

In: the folder (`Workspace`, or `ListFolder` for what concerns only the list) and values. Out: a value that says what
happened, or an exception of `newsletter.errors` or `subscribers.errors` whose message says what to do. A use case
prints nothing, reads no arguments and no environment, knows no current folder and asks at no terminal; progress,
notes and questions are functions that the caller passes in. It opens its own transactions.

list_folder   the settings and the database of a folder
workspace     the same folder with its templates, its published files and its relay
sources       a post made of a document, a web page or an export; the posts there are
posts         a post read, compiled and checked; errors block a send
check         what is wrong with posts
preview       a post as one reader would get it
test_mail     a post sent to the organiser's own addresses
send          a post sent to the list: look, then send, schedule or rehearse; resume
in_waves      a run as it was asked for: to all, or to the first few before the others
plan          what a send would do, and the issue it makes
run           one run of an issue, as its caller follows it, and how it ended
sender        the run itself, under the lock of its issue
first_wave    a few get an issue first; whether the others may
watching      how a terminal follows an issue that workers send
here          a terminal that sends beside workers
worker        a process that sends whatever is due, beside others on any machine
duties        what a worker does, job by job
steer         pause, cancel, send what is due
settle        uncertain deliveries settled by the relay's log
look_back     status, log, account
approval_rule no issue begins without the approvals it needs, of exactly what it is
approvals     approvers asked, and their answers
deeds         who did what, in a chain in which no row can be changed unseen
archive       which issues the public archive shows
pages         the public pages, ready to be served
imports       a list in, or an import taken back
people        the list: read it, write it out, tag a part of it
person        one person: unsubscribe, show, erase
by_hand       one person: add, change
suppressions  addresses never to write to
segments      named parts of the list
topics        kinds of mail that readers can do without
bounces       what came back
setup         a folder made ready; its settings and its database
doctor        what stands between a folder and an inbox
form          the subscribe form for the organiser's own site
"""
