"""The notebooks run from top to bottom, and show what they say."""

import os
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"


def test_there_are_four_of_them_and_none_keeps_its_output() -> None:
    books = sorted(NOTEBOOKS.glob("*.ipynb"))
    assert [book.name[:2] for book in books] == ["01", "02", "03", "04"]
    for book in books:
        cells = nbformat.read(book, as_version=4).cells
        kept = [cell for cell in cells if cell.get("outputs") or cell.get("execution_count")]
        assert not kept, f"{book.name}: clear its output before committing"


@pytest.mark.parametrize("book", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda book: book.stem)
@pytest.mark.timeout(300)
def test_it_runs(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "MPLBACKEND", "module://matplotlib_inline.backend_inline")
    notebook = nbformat.read(book, as_version=4)
    # Its own assertions fail the cell, and a failing cell raises here.
    NotebookClient(
        notebook,
        timeout=240,
        kernel_name="python3",
        resources={"metadata": {"path": str(NOTEBOOKS)}},
    ).execute()
    pictures = [
        data
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        for data in output.get("data", {})
        if data.startswith("image/")
    ]
    assert pictures, "nothing to look at"
