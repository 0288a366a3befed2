"""Many clients that unsubscribe with one click; each sends its next request as soon as the last one is answered.

In: the number of clients, and the links on stdin. Out: a line for each link, with the status and the seconds it took.
`unsubscribe.py` starts this. It uses plain sockets and imports little, because the clients' processor time is lost to
the send and the pages, which are what is measured.
"""

import socket
import sys
import threading
import time
from contextlib import suppress
from queue import Empty, SimpleQueue
from urllib.parse import urlsplit


def _clients(links: list[str], number: int) -> None:
    waiting: SimpleQueue[str] = SimpleQueue()
    for link in links:
        waiting.put(link)

    def client() -> None:
        with suppress(Empty):
            while link := waiting.get_nowait():
                begun = time.perf_counter()
                status = _one_click(link)
                print(f"{status} {time.perf_counter() - begun:.4f}\n", end="")  # one write: threads share stdout

    threads = [threading.Thread(target=client) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _one_click(link: str) -> str:
    parts = urlsplit(link)
    body = b"List-Unsubscribe=One-Click"
    head = f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: close\r\nContent-Length: {len(body)}\r\n"
    answer = b""
    try:
        with socket.create_connection((parts.hostname or "", parts.port or 80), timeout=30) as line:
            line.sendall(head.encode() + b"Content-Type: application/x-www-form-urlencoded\r\n\r\n" + body)
            while piece := line.recv(65_536):
                answer += piece
    except OSError as trouble:
        return f"error {type(trouble).__name__}"
    return answer.split(b" ", 2)[1].decode() if answer else "error nothing"


if __name__ == "__main__":
    _clients(sys.stdin.read().split(), int(sys.argv[1]))
