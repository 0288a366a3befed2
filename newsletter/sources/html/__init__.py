"""HTML of any origin becomes a clean tree. In: HTML text. Out: a tree that can be written as Markdown.

tree        parsed, cleaned, its addresses whole      reading     words and blocks of any tree
account     names what is left out                    private     what is for the authors only
stylesheet · office · lists   what Word and Google Docs say by style
cards · footnotes · formulas · buttons · images · breaks   what other programs show in their own way
quoted      mails in mails, and signatures
"""
