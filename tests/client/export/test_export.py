"""A story as txt, md, epub and docx."""

import io
import re
import subprocess
import sys
import zipfile
from xml.etree import ElementTree as ET

import docx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from client.export import export_beside, export_to
from client.export.document import document, paragraphs
from client.export.formats import FORMATS
from client.export.source import read_history
from client.messages import KOREAN
from client.session.actions import Ask, Edit, Export, Take
from client.session.events import Exported, Problem
from client.story.history import History
from client.story.manuscript import Author, Line, Manuscript
from client.story.provenance import COLOURS, MARKS, shares
from tests.client.conftest import OPENING, do
from tests.conftest import ROOT

X, OPF, D, NAV = (
    "{http://www.w3.org/1999/xhtml}",
    "{http://www.idpf.org/2007/opf}",
    "{http://purl.org/dc/elements/1.1/}",
    "{http://www.idpf.org/2007/ops}",
)
TEXT = "안개가 걷혔다. *별*이 # 보였다. “누구야?” 노인이 <물었다> & 웃었다. 1. 하나 _둘_ `셋`"
STORY = [
    Line("안개가 걷혔다."),
    Line("*별*이 # 보였다.", Author.MODEL),
    Line("“누구야?”", Author.EDITED),
    Line("노인이 <물었다> & 웃었다."),
    Line(""),
    Line("1. 하나 _둘_ `셋`", Author.MODEL),
]


def history(lines):
    made = History()
    made.manuscript = Manuscript(lines)
    return made


def book(lines=STORY, kind="epub", provenance=True, title="등대", author="은서"):
    made = document(history(lines), title, author, provenance)
    return FORMATS[kind](made, KOREAN)


def test_paragraphs():
    texts = [[line.text for line in one] for one in paragraphs(STORY)]
    assert texts == [
        ["안개가 걷혔다.", "*별*이 # 보였다."],
        ["“누구야?”"],
        ["노인이 <물었다> & 웃었다."],
        ["1. 하나 _둘_ `셋`"],
    ]
    assert paragraphs([Line("“가.”"), Line("“나.”")]) == [[Line("“가.”")], [Line("“나.”")]]
    assert paragraphs([Line(""), Line("")]) == []


def test_shares():
    found = {share.author: share for share in shares([one for one in STORY if one.text])}
    assert [found[a].sentences for a in Author] == [2, 2, 1]
    assert found[Author.EDITED].characters == len("“누구야?”")
    assert sum(share.sentences_share for share in found.values()) == pytest.approx(1)
    assert sum(share.characters_share for share in found.values()) == pytest.approx(1)
    assert [share.sentences_share for share in shares([])] == [0, 0, 0]


def test_marks_differ_in_shape_and_in_colour():
    assert len(set(MARKS.values())) == len(set(COLOURS.values())) == len(Author)


@pytest.mark.parametrize("kind", FORMATS)
def test_the_same_story_makes_the_same_bytes(kind):
    assert book(kind=kind) == book(kind=kind)
    assert book(kind=kind) != book(STORY[:2], kind)


def test_txt():
    plain = book(kind="txt", provenance=False).decode()
    assert plain == (
        "안개가 걷혔다. *별*이 # 보였다.\n\n“누구야?”\n\n"
        "노인이 <물었다> & 웃었다.\n\n1. 하나 _둘_ `셋`\n"
    )
    marked = book(kind="txt").decode()
    assert marked.startswith(plain)
    assert "○ 작가\t2 (40%)\t" in marked
    assert "◆ *별*이 # 보였다." in marked


def test_markdown_shows_the_words_as_they_are():
    markdown = book(kind="md").decode()
    parser = pytest.importorskip("markdown_it").MarkdownIt("commonmark").enable("table")
    html = parser.render(markdown)
    shown = re.sub(r"<[^>]*>", "", html)
    for line in STORY:
        assert line.text.replace("<", "&lt;").replace(">", "&gt;").replace("& ", "&amp; ") in shown
    assert html.startswith("<h1>등대</h1>\n<p>은서</p>")
    assert html.count("<table>") == 1
    assert html.count("<li>") == 5
    assert "<em>" not in html and "<code>" not in html and "<ol>" not in html  # noqa: PT018


MARKUP = st.text(st.sampled_from("가나 #>+-*_=~`[]()<>&!|\\1.)\"'“”:/@^{}$"), min_size=1)


@given(MARKUP)
def test_no_sentence_is_markup(text):
    line = Line(" ".join(text.split()) or "가")
    parser = pytest.importorskip("markdown_it").MarkdownIt("commonmark").enable("table")
    html = parser.render(book([line], "md", provenance=False).decode())
    unescaped = ET.fromstring(f"<x>{html}</x>")
    assert [element.tag for element in unescaped] == ["h1", "p", "p"]
    assert list(unescaped[2]) == []
    assert unescaped[2].text == line.text


def opened(data):
    zipped = zipfile.ZipFile(io.BytesIO(data))
    assert zipped.testzip() is None
    return zipped


def test_epub_is_one():
    zipped = opened(book())
    first = zipped.infolist()[0]
    assert (first.filename, first.compress_type, first.extra) == ("mimetype", 0, b"")
    assert zipped.read("mimetype") == b"application/epub+zip"
    container = ET.fromstring(zipped.read("META-INF/container.xml"))
    (root,) = container.iter("{urn:oasis:names:tc:opendocument:xmlns:container}rootfile")
    package = ET.fromstring(zipped.read(root.get("full-path")))
    assert package.get("version") == "3.0"
    metadata = package.find(f"{OPF}metadata")
    (identifier,) = metadata.iter(f"{D}identifier")
    assert identifier.get("id") == package.get("unique-identifier")
    assert identifier.text.startswith("urn:uuid:")
    assert [e.text for e in metadata.iter(f"{D}title")] == ["등대"]
    assert [e.text for e in metadata.iter(f"{D}creator")] == ["은서"]
    assert [e.text for e in metadata.iter(f"{D}language")] == ["ko"]
    (modified,) = metadata.iter(f"{OPF}meta")
    assert modified.get("property") == "dcterms:modified"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", modified.text)
    items = {item.get("id"): item for item in package.iter(f"{OPF}item")}
    names = {f"EPUB/{item.get('href')}" for item in items.values()}
    assert names | {"mimetype", "META-INF/container.xml", "EPUB/package.opf"} == {
        *zipped.namelist()
    }
    spine = [ref.get("idref") for ref in package.iter(f"{OPF}itemref")]
    assert spine == ["story", "provenance"]
    (nav,) = [item for item in items.values() if item.get("properties") == "nav"]
    toc = ET.fromstring(zipped.read(f"EPUB/{nav.get('href')}")).find(f".//{X}nav")
    assert toc.get(f"{NAV}type") == "toc"
    assert [a.get("href") for a in toc.iter(f"{X}a")] == ["story.xhtml", "provenance.xhtml"]
    story = ET.fromstring(zipped.read("EPUB/story.xhtml"))
    assert [p.text for p in story.iter(f"{X}p")][1:] == [
        " ".join(line.text for line in one) for one in paragraphs(STORY)
    ]
    appendix = ET.fromstring(zipped.read("EPUB/provenance.xhtml"))
    marked = [(p.get("class"), p.text[0]) for p in appendix.iter(f"{X}p")]
    assert marked == [(one.author.value, MARKS[one.author]) for one in STORY if one.text]


@given(st.text(), st.lists(st.text(min_size=1), min_size=1, max_size=3))
@settings(max_examples=30)
def test_any_text_makes_an_epub_and_a_docx(title, texts):
    lines = [Line(text) for text in texts]
    zipped = opened(book(lines, title=title))
    for name in zipped.namelist()[1:]:
        if not name.endswith(".css"):
            ET.fromstring(zipped.read(name))
    docx.Document(io.BytesIO(book(lines, "docx", title=title)))


def test_docx():
    file = docx.Document(io.BytesIO(book(kind="docx")))
    texts = [paragraph.text for paragraph in file.paragraphs]
    assert texts[:3] == ["등대", "은서", "안개가 걷혔다. *별*이 # 보였다."]
    assert (file.core_properties.title, file.core_properties.author) == ("등대", "은서")
    (table,) = file.tables
    assert [cell.text for cell in table.rows[1].cells][:2] == ["○ 작가", "2 (40%)"]
    runs = [run for one in file.paragraphs for run in one.runs if run.font.color.rgb]
    assert [run.text[0] for run in runs] == [MARKS[one.author] for one in STORY if one.text]
    assert len({str(run.font.color.rgb) for run in runs}) == 3
    assert not docx.Document(io.BytesIO(book(kind="docx", provenance=False))).tables


def test_in_a_session(session, story_file):
    do(session, Ask(), Take(1), Edit(1, "새벽이었다."))
    (event,) = do(session, Export("md", True))
    assert event == Exported(str(story_file.with_suffix(".md")))
    text = story_file.with_suffix(".md").read_text("utf-8")
    assert text.startswith("# 이야기\n\n새벽이었다. ")
    assert "| ◆ 모델 | 1 (17%)" in text
    assert do(session, Export("md")) == [Exported(str(story_file.with_name("이야기-2.md")))]
    assert do(session, Export("txt")) == [Exported(str(story_file.with_name("이야기-2.txt")))]
    assert story_file.read_text("utf-8").startswith("새벽이었다.\n")


def test_nothing_to_export(new_session, tmp_path):
    session = new_session(tmp_path / "new.txt")
    assert do(session, Export("epub")) == [Problem("nothing_to_export", {})]
    assert list(tmp_path.glob("*.epub")) == []


def run(*arguments, cwd):
    command = [sys.executable, "-m", "client.export", *map(str, arguments)]
    environment = {"PYTHONPATH": str(ROOT), "PATH": ""}
    result = subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert "Traceback" not in result.stderr
    return result


def test_the_command(session, story_file):
    do(session, Ask(), Take(1))  # and while the session is open:
    folder = story_file.parent
    result = run(story_file, "--to", "epub", "--provenance", "--author", "은서", cwd=folder)
    assert (result.returncode, result.stderr) == (0, "")
    path = story_file.with_suffix(".epub")
    assert str(path) in result.stdout
    assert "◆".encode() in opened(path.read_bytes()).read("EPUB/provenance.xhtml")
    output = folder / "책.md"
    output.write_text("옛것")
    result = run(
        story_file, "--to", "md", "--output", output, "--title", "등대", "--lang", "en", cwd=folder
    )
    assert result.stdout == f"Exported: {output}\n"
    assert output.read_text("utf-8").startswith("# 등대\n")
    lines = [line.text for line in read_history(str(story_file)).manuscript.lines]
    assert lines == session.story.sentences


def test_what_another_program_wrote_is_exported(story_file):
    story_file.write_text("혼자 쓴 글. 그뿐이다.\n", "utf-8")
    target = export_to(
        story_file.with_name("x.txt"), read_history(str(story_file)), "txt", False, "ko"
    )
    assert target.read_text("utf-8") == "혼자 쓴 글. 그뿐이다.\n"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["none.txt", "--to", "md"], 1, "none.txt"),
        ([".", "--to", "md"], 1, "폴더"),
        (["empty.txt", "--to", "md"], 1, "문장"),
        (["euckr.txt", "--to", "md"], 1, "iconv"),
        (["s.txt", "--to", "md", "--output", "s.txt"], 1, "이야기 파일 자체"),
        (["s.txt", "--to", "md", "--output", "s.txt.journal"], 1, "이야기 파일 자체"),
        (["s.txt", "--to", "md", "--output", "no/where.md"], 1, "저장할 수 없습니다"),
        (["s.txt", "--to", "md", "--output", "."], 1, "폴더"),
        (["alien.txt", "--to", "md"], 1, "작업 기록 파일이 아닙니다"),
        (["s.txt"], 2, "--to"),
        (["s.txt", "--to", "pdf"], 2, "pdf"),
        (["--to", "md"], 2, "story"),
    ],
)
def test_bad_usage(tmp_path, arguments, code, said):
    (tmp_path / "s.txt").write_text("\n".join(OPENING), "utf-8")
    (tmp_path / "empty.txt").touch()
    (tmp_path / "alien.txt").write_text("글.")
    (tmp_path / "alien.txt.journal").write_text("일기")
    (tmp_path / "euckr.txt").write_bytes("바다".encode("cp949"))
    before = sorted(tmp_path.iterdir())
    result = run(*arguments, cwd=tmp_path)
    assert result.returncode == code
    assert result.stderr.count("\n") == 1
    assert said in result.stderr
    assert sorted(tmp_path.iterdir()) == before


def test_docx_needs_a_library(session, monkeypatch):
    monkeypatch.setitem(sys.modules, "docx", None)
    assert do(session, Export("docx")) == [Problem("docx_missing", {})]


def test_exporting_never_replaces_a_file(session, story_file):
    other = story_file.with_suffix(".epub")
    other.write_text("내 것")
    assert export_beside(session.story, "epub", False).name == "이야기-2.epub"
    assert other.read_text() == "내 것"
