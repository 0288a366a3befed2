"""The public pages, as one ASGI app.

server     all pages together, and the program that serves them
archive    past issues for everybody, and one mail in the browser
entrance   the start page, robots.txt, the icon
health     whether the program is alive and ready
metrics    numbers for Prometheus, at an address of their own
site       what every page says about the organisation, from settings and templates
"""
