"""HTML of any origin becomes a clean tree. In: HTML text. Out: a tree that can be written as Markdown.

tree      parsed, cleaned, its addresses whole        reading   words and blocks of any tree
office    what Word and Google Docs say by style      buttons   links that look like buttons
"""
