"""Makes the readme of the package: links to files beside it get a full address, since PyPI has no such files."""

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface


class ReadmeHook(MetadataHookInterface):
    """Adds the readme to the metadata of the package; hatchling finds it by its base class."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Add the readme."""
        text = (Path(self.root) / "README.md").read_text(encoding="utf-8")
        base = metadata["urls"]["Source"]
        absolute = re.sub(r"\]\((?!https?:|#|mailto:)([^)]+)\)", rf"]({base}/\1)", text)
        metadata["readme"] = {"content-type": "text/markdown", "text": absolute}
