"""Front matter that nothing is to be said about, and the line on which a body below it begins."""

FRONT = "---\ntitle: Good news from the garden\npreheader: Forty people and a cake\n---\n"
FIRST = 5
