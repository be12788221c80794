"""Every Python block in ``docs/`` runs and prints what it says, or fails with the message that is shown."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

from tests.documents import Failing, read_document

ROOT = Path(__file__).parent.parent
PATHS = sorted((ROOT / "docs").glob("*.md"))
DOCUMENTS = {path.stem: read_document(path) for path in PATHS}
FAILING = [(name, each) for name, document in DOCUMENTS.items() for each in document.failing]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_blocks_print_what_they_say(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / f"{name}.py"
    file.write_text(DOCUMENTS[name].program, encoding="utf-8")
    runpy.run_path(str(file))
    assert capsys.readouterr().out.splitlines() == DOCUMENTS[name].promised


@pytest.mark.parametrize(("name", "block"), FAILING, ids=[f"{name}-{block.line}" for name, block in FAILING])
def test_blocks_that_fail(name: str, block: Failing, tmp_path: Path) -> None:
    file = tmp_path / f"{name}.py"
    file.write_text(f"{DOCUMENTS[name].running[0]}\n\n{block.code}", encoding="utf-8")
    with pytest.raises(Exception, match=r"\w") as caught:
        runpy.run_path(str(file))
    said = f"{type(caught.value).__name__}: {caught.value}"
    assert [piece for piece in block.message if piece not in said] == [], said


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_links_lead_somewhere(path: Path) -> None:
    targets = re.findall(r"\]\(([^)#:]+)\)", path.read_text(encoding="utf-8"))
    assert [target for target in targets if not (path.parent / target).exists()] == []


def test_there_are_documents() -> None:
    assert {"inline", "pyir"} <= set(DOCUMENTS)
    assert all(document.promised for document in DOCUMENTS.values())
