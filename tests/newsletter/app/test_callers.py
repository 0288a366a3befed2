"""The use cases belong to no caller: they print nothing, ask at no terminal, and know no arguments and no folder."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
OF_A_CALLER = re.compile(
    r"(print|input|exit)$|sys\.(argv|exit|std\w+)$|os\.(environ|getenv|getcwd|chdir)$|Path\.cwd$|.*\.isatty$"
    r"|(import|from) (click|rich|getpass|newsletter\.cli)\b"
)


def test_no_use_case_does_what_only_its_caller_may() -> None:
    files = sorted((ROOT / "newsletter" / "app").glob("**/*.py"))
    assert len(files) > 10
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute | ast.Name | ast.Import | ast.ImportFrom):
                said = ast.unparse(node)
                assert not OF_A_CALLER.match(said), f"{file.name}:{node.lineno}: {said}"
