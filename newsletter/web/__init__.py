"""The public pages, as one ASGI app.

server     all pages together, and the program that serves them
entrance   the start page, robots.txt, the icon
site       what every page says about the organisation, from settings and templates
"""
