"""The report, read back as HTML and SVG."""

import json
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from pipeline import records
from pipeline.command import run
from pipeline.output.dataset import DataSet
from pipeline.output.passages import EncodedWork
from pipeline.report import charts
from pipeline.report.rejection_counts import EXAMPLES
from pipeline.report.statistics import Combine, Statistics
from pipeline.vocabulary.sentencepiece_model import RESERVED
from tests.pipeline.stories import novel


class Page(HTMLParser):
    """Collects the text of a page's cells, and what it loads from elsewhere."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.cells: list[str] = []
        self.loaded: list[str | None] = []
        self._cell = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._cell = tag == "td" or (self._cell and tag in ("code", "br"))
        if tag == "td":
            self.cells.append("")
        self.loaded += [value for name, value in attrs if name in ("src", "href")]

    def handle_data(self, data: str) -> None:
        if self._cell:
            self.cells[-1] += data.strip()


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reported")
    novels = folder / "novels"
    novels.mkdir()
    for number in range(4):
        (novels / f"봄 {number} <b>.txt").write_text(novel(number), "utf-8")
    (novels / "copy.txt").write_text(novel(1), "utf-8")
    for number in range(EXAMPLES + 2):
        (novels / f"{number}.png").touch()
    assert run(["--input", str(novels), "--output", str(folder / "data"), "--vocab_size=500"]) == 0
    return folder / "data"


def test_the_page_says_what_the_data_set_is(data: Path) -> None:
    manifest = json.loads((data / records.MANIFEST).read_text("utf-8"))
    page = Page((data / records.REPORT).read_text("utf-8"))
    assert not page.loaded  # it stands on its own
    for work in manifest["works"]:
        assert work["file"] in page.cells
        assert f"{work['tokens']:,}" in page.cells
    for split in records.SPLITS:
        assert f"{manifest['splits'][split]['sentences']:,}" in page.cells
    row = next(n for n, cell in enumerate(page.cells) if cell.startswith("not a"))
    assert page.cells[row + 1] == str(EXAMPLES + 2)
    assert page.cells[row + 2].count(".png") == EXAMPLES
    assert manifest["rejected_reasons"] == {
        page.cells[row]: EXAMPLES + 2,
        "same content as another work": 1,
    }


def test_patterns_are_shown_with_their_invisible_characters_escaped(data: Path) -> None:
    page = Page((data / records.REPORT).read_text("utf-8"))
    assert all(cell.isprintable() for cell in page.cells)
    assert any("\\u200b" in cell for cell in page.cells)


def test_statistics_are_true(data: Path) -> None:
    manifest = json.loads((data / records.MANIFEST).read_text("utf-8"))
    assert manifest["statistics"]["sentence_tokens"].keys() == {"median", "p90", "p99", "longest"}
    dataset = DataSet.open(str(data))
    tokens = [
        token
        for split in records.SPLITS
        for passage in dataset.passages(split)
        for ids in passage.sentences
        for token in ids
    ]
    pieces = dataset.tokenizer.get_piece_size()
    assert manifest["statistics"]["byte_tokens"] == sum(map(dataset.tokenizer.is_byte, tokens)) > 0
    learned = {token for token in range(pieces) if token >= RESERVED}
    assert manifest["statistics"]["unused_pieces"] == len(learned - set(tokens))
    longest = manifest["statistics"]["sentence_characters"]["longest"]
    assert longest == max(len(line) for n in range(4) for line in sentences(novel(n)))


def sentences(text: str) -> list[str]:
    return [part.strip() + "." for part in text.split(".") if part.strip()]


counts = arrays.arrays(np.int64, st.integers(1, 300), elements=st.integers(0, 10**6)).filter(
    lambda values: bool(values.sum())
)


@given(counts)
def test_bars_are_as_high_as_their_counts(values: np.ndarray) -> None:
    root = ElementTree.fromstring(str(charts.histogram(values, "a & b")))
    bars = root.findall("rect")
    found = {bar.findtext("title"): float(bar.attrib["height"]) for bar in bars}
    heights = [int(str(title).rsplit(" ", 1)[1].replace(",", "")) for title in found]
    assert sum(heights) == values.sum()
    highest = max(found.values())
    for height, drawn in zip(heights, found.values(), strict=True):
        assert drawn == pytest.approx(highest * height / max(heights), abs=0.11)


@given(counts)
def test_the_curve_falls(values: np.ndarray) -> None:
    root = ElementTree.fromstring(str(charts.rank_curve(values, "rank")))
    line = root.find("polyline")
    assert line is not None
    points = [tuple(map(float, point.split(","))) for point in line.attrib["points"].split()]
    assert points == sorted(points)
    assert [y for _, y in points] == sorted(y for _, y in points)


@given(st.lists(st.lists(st.integers(0, 30), min_size=1, max_size=20), min_size=1, max_size=6))
def test_statistics_add_up_in_any_grouping(works: list[list[int]]) -> None:
    def encoded(tokens: list[int]) -> EncodedWork:
        ids = np.array(tokens, np.uint16)
        return EncodedWork("", "", "", ids, np.array([len(ids)]), np.array([2 * len(ids)]))

    combine = Combine()
    parts = [combine.add_input(combine.create_accumulator(), encoded(work)) for work in works]
    total = combine.merge_accumulators([parts[0], combine.merge_accumulators(parts[1:])])
    every = [token for work in works for token in work]
    assert total.pieces.tolist() == np.bincount(every).tolist()
    assert total.sentence_tokens.sum() == total.sentence_characters.sum() == len(works)
    assert isinstance(total, Statistics)
