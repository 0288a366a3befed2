"""What we say of nginx, Caddy and Apache is so: a real one of each in front of the pages, and hostile readers."""

from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine, select

from newsletter.database.engine import reading
from newsletter.settings.values import networks
from subscribers.tables import consents
from tests import in_front
from tests.conftest import Cast
from tests.public_pages import SETTINGS, UNUSED, http_client, serving

READER = "127.0.0.2"
"""An address of this machine from which a reader comes; the server in front is at another."""


@pytest.mark.parametrize("kind", ["nginx", "caddy", "apache"])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_server_set_up_as_documented_passes_on_who_asks_and_nothing_that_they_claim(
    engine: Engine, cast: Cast, tmp_path: Path, kind: str
) -> None:
    settings = replace(SETTINGS, trusted_proxies=networks("127.0.0.1"))
    folder = tmp_path / "server"
    folder.mkdir(mode=0o755)
    forged = [
        ("X-Forwarded-For", "192.0.2.77"),
        ("X-Forwarded-For", "192.0.2.78, 127.0.0.1"),
        ("Forwarded", "for=192.0.2.79"),
        ("X-Real-IP", "192.0.2.80"),
    ]
    with serving(engine, settings) as pages, in_front.running(kind, pages.url, folder) as front:
        transport = httpx.HTTPTransport(local_address=READER, verify=UNUSED)
        with http_client(transport=transport, base_url=front) as reader:
            for headers in ([], forged, forged[:2], forged[2:]):
                assert reader.get("/health/you", headers=httpx.Headers(headers)).text.strip() == READER
            link = f"/u/{pages.signer.unsubscribe(cast.ada, 1)}"
            page = reader.get(link)
            assert (page.status_code, "Unsubscribe?" in page.text) == (200, True)
            click = {"List-Unsubscribe": "One-Click"}
            assert reader.post(link, data=click, headers=httpx.Headers(forged)).status_code == 200
            assert reader.post(link, content=b"x" * 20_000).status_code == 413
            assert reader.get("/nothing-here").status_code == 404
    assert pages.consent(cast.ada) == "withdrawn"
    with reading(engine) as connection:
        newest = select(consents.c.network_address).order_by(consents.c.id.desc()).limit(1)
        assert connection.scalar(newest) == READER
