"""The certificate that the faulty relay presents for TLS, and the alert it sends if the client cannot agree to it."""

import ssl
import warnings
from contextlib import suppress

from tests.faults.relay_habits import Habits


def tls(habits: Habits) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(habits.certificate)
    if habits.newest == "1.0":
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1
        context.set_ciphers("ALL:@SECLEVEL=0")
    return context


def alert(context: ssl.SSLContext, hello: bytes) -> bytes:
    """Return the alert that real servers send after a failed handshake; asyncio's server hangs up without one."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    incoming.write(hello)
    with suppress(ssl.SSLError):
        context.wrap_bio(incoming, outgoing, server_side=True).do_handshake()
    return outgoing.read()
