import pickle
from pathlib import Path

import apache_beam as beam
import pytest
from apache_beam.options.pipeline_options import PipelineOptions

from pipeline.options import IN_PROCESS_RUNNER
from pipeline.reading import inputs
from pipeline.reading.works import ReadWorks, Work
from pipeline.rejections import Rejection
from tests.pipeline.epubs import epub, page
from tests.pipeline.stories import story


def read(folder: Path, drop_hanja: bool = False) -> tuple[list[Work], list[Rejection]]:
    found = inputs.find([str(folder)])
    options = PipelineOptions(runner=IN_PROCESS_RUNNER)
    with beam.Pipeline(options=options) as pipeline:
        works = pickle.loads(pickle.dumps(ReadWorks(("b.*",), drop_hanja)))
        results = pipeline | beam.Create(found.files) | works
        for name, result in zip(("works", "rejected"), results, strict=True):
            place = str(folder.parent / name)
            _ = result | name >> beam.combiners.ToList() | f"Keep {name}" >> beam.Map(keep, place)
    works, rejected = ((folder.parent / name).read_bytes() for name in ("works", "rejected"))
    return (
        sorted(pickle.loads(works), key=lambda work: work.file),
        sorted(pickle.loads(rejected), key=lambda it: (it.file, it.line or 99)),
    )


def keep(elements: list[object], place: str) -> None:
    Path(place).write_bytes(pickle.dumps(elements))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "novels"
    made.mkdir()
    (made / "a.txt").write_text('- 1 -\n"봄(春)이다."\n\n***\n그는 「편지」를 읽었다．．．\n')
    book = {"cover.xhtml": page("<p>표지</p>"), "c.xhtml": page("<h1>하나</h1>\n<p>비가 왔다.</p>")}
    (made / "b.epub").write_bytes(epub(book))
    (made / "c.txt").write_bytes(story(1).encode("cp949") + b"\xff\xff")
    (made / "d.md").write_text("# 봄\n")
    return made


def test_works_and_rejections(folder: Path) -> None:
    works, rejected = read(folder)
    assert [(work.file, work.named_for_test, work.lines) for work in works] == [
        ("a.txt", False, ("“봄(春)이다.”", "그는 “편지”를 읽었다…")),
        ("b.epub", True, ("비가 왔다.",)),
    ]
    assert rejected == [
        Rejection("a.txt", "page or section number", line=1, text="- 1 -"),
        Rejection("a.txt", "scene break", line=4, text="***"),
        Rejection("b.epub/OEBPS/c.xhtml", "heading", line=4, text="하나"),
        Rejection("b.epub/OEBPS/cover.xhtml", "cover", line=1, text="표지"),
        Rejection(
            "c.txt",
            "damaged CP949 text; repair it or use another copy",
            rejected[4].detail,
            len(story(1).encode("cp949")),
        ),
        Rejection("d.md", "heading", line=1, text="# 봄"),
        Rejection("d.md", "contains no letters"),
    ]
    assert rejected[4].detail is not None
    assert rejected[4].detail.startswith("1 invalid byte sequence at byte ")


def test_hanja_can_be_dropped(folder: Path) -> None:
    assert read(folder, drop_hanja=True)[0][0].lines[0] == "“봄이다.”"
