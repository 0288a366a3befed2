"""deploy/: what the image and the compose file name exists, and their settings are settings. No image is built here."""

import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import yaml

from newsletter.settings import Settings, variable
from newsletter.settings.reading import is_in_file

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"


def services() -> dict[str, Any]:
    composed = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    for service in composed["services"].values():
        for secret in service.get("secrets", ()):
            assert secret in composed["secrets"]
        assert set(service.get("depends_on", ())) <= composed["services"].keys()
        assert set(service.get("networks", ())) <= composed["networks"].keys()
    return dict(composed["services"])


def test_every_file_that_the_image_copies_is_there_and_let_in() -> None:
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    let_in = (ROOT / ".dockerignore").read_text(encoding="utf-8")
    for copied in re.findall(r"^COPY (?!--from)(\S+)", text, re.MULTILINE):
        assert (ROOT / copied).exists()
        assert f"!{copied}\n" in let_in
    assert re.search(r"^USER [1-9]\d*$", text, re.MULTILINE), "not root, by a number that an orchestrator can check"
    assert "HEALTHCHECK" in text


def test_services_of_ours_are_confined_and_their_settings_are_settings() -> None:
    known = {variable(each.name) for each in fields(Settings)}
    known |= {f"{variable(each.name)}_FILE" for each in fields(Settings) if is_in_file(each)}
    ours = {name: each for name, each in services().items() if each["image"] == "newsletter"}
    assert ours.keys() == {"migrate", "web", "worker", "newsletter", "demo"}
    for name, service in ours.items():
        settings = {each for each in service.get("environment", ()) if each.startswith("NEWSLETTER_")}
        assert settings <= known
        for path in (service["environment"][each] for each in settings if each.endswith("_FILE")):
            assert path.removeprefix("/run/secrets/") in service["secrets"]
        if name != "demo":
            assert (service["cap_drop"], service["read_only"]) == (["ALL"], True)
    example = (DEPLOY / "container.env.example").read_text(encoding="utf-8")
    assert set(re.findall(r"^(NEWSLETTER_\w+)=", example, re.MULTILINE)) <= known
