import pytest

from pipeline.reading import formats
from pipeline.rejections import RejectedFile
from tests.pipeline.epubs import epub, page

STORY = page("<p>소년은 바닷가로 갔다.</p>")


def prose(data: bytes) -> list[str]:
    return [line.text for line in formats.parse("a.epub", data) if not line.rejected]


def rejected(data: bytes) -> list[tuple[str, str, str]]:
    lines = formats.parse("a.epub", data)
    return [(line.part, line.rejected, line.text) for line in lines if line.rejected]


def test_blocks_become_paragraphs() -> None:
    body = """<section><h2>첫째 날</h2>
<p>소년은 <b>천천히</b>
걸었다.<br/>“왔니?”</p><div>할머니가 <i>물었</i>다.<p>안쪽 문단.</p>바깥 끝.</div>
<ul><li>우산</li><li>편지&nbsp;&amp;&#32;등불</li></ul><pre>첫 줄
둘째 줄</pre><!-- 주석 --><script>var a;</script></section>"""
    data = epub({"ch1.xhtml": page(body)})
    assert prose(data) == [
        "소년은 천천히 걸었다.", "“왔니?”", "할머니가 물었다.", "안쪽 문단.", "바깥 끝.", "우산",
        "편지 & 등불", "첫 줄", "둘째 줄",
    ]  # fmt: skip
    assert rejected(data) == [("OEBPS/ch1.xhtml", "heading", "첫째 날")]
    lines = list(formats.parse("a.epub", data))
    assert [line.number for line in lines][:2] == [4, 5]


def test_ruby_notes_and_page_marks() -> None:
    body = (
        "<p><ruby>春<rp>(</rp><rt>춘</rt><rp>)</rp></ruby>이<a epub:type='noteref' href='#n'>1</a>"
        " 왔다<sup><a href='n.xhtml#1'>[2]</a></sup>.<span epub:type='pagebreak'>7</span>"
        " 10<sup>2</sup>원"
        "<a href='#3'><sup>*</sup></a> <a href='b.xhtml'>편지</a></p>"
        "<aside epub:type='footnote' id='n'>봄이다.</aside><div class='footnotes'>둘째 주.</div>"
        "<table><tr><td>하나</td><td>둘</td></tr></table><figure><figcaption>지도</figcaption></figure>"
    )
    data = epub({"a.xhtml": page(body)})
    assert prose(data) == ["春이 왔다. 102원 편지"]
    assert [(reason, text) for _, reason, text in rejected(data)] == [
        ("note", "봄이다."), ("note", "둘째 주."), ("table", "하나 둘"), ("caption", "지도"),
    ]  # fmt: skip


def test_parts_that_are_not_the_story() -> None:
    nav = page(
        "<nav epub:type='landmarks'><a epub:type='copyright-page' href='b.xhtml'>x</a></nav>"
    )
    pages = {
        "cover.xhtml": page("<p>표지</p>"),
        "nav.xhtml": nav,
        "a.xhtml": page("<p>제목</p>", "epub:type='frontmatter titlepage'"),
        "b.xhtml": page("<p>판권</p>"),
        "c.xhtml": page("<section epub:type='prologue'><p>막이 오른다.</p></section>"),
        "index_split_000.xhtml": STORY,
        "notes_to_self.xhtml": page("<p>메모를 남겼다.</p>", "epub:type='chapter'"),
        "표지판.xhtml": page("<p>표지판이 섰다.</p>"),
        "d.xhtml": page("<p>미주</p>", "epub:type='bodymatter endnotes'"),
        "e.xhtml": page("<p>헌사</p>"),
        "f.xhtml": page("<p>광고</p>"),
        "판권.xhtml": page("<p>펴낸곳</p>"),
    }
    data = epub(
        pages, guide={"e.xhtml": "dedication"}, properties={"nav.xhtml": "nav"},
        auxiliary=("f.xhtml",),
    )  # fmt: skip
    assert prose(data) == [
        "막이 오른다.",
        "소년은 바닷가로 갔다.",
        "메모를 남겼다.",
        "표지판이 섰다.",
    ]
    assert [(part.removeprefix("OEBPS/"), reason) for part, reason, _ in rejected(data)] == [
        ("cover.xhtml", "cover"), ("nav.xhtml", "navigation"), ("a.xhtml", "title page"),
        ("b.xhtml", "copyright page"), ("d.xhtml", "notes"), ("e.xhtml", "dedication"),
        ("f.xhtml", "not part of the reading order"), ("판권.xhtml", "copyright page"),
    ]  # fmt: skip


def test_reading_order_and_odd_markup() -> None:
    cp949 = "<html><body><p>비가 내렸다.<p>바람이 불었다.</body></html>".encode("cp949")
    data = epub(
        {"b.xhtml": STORY, "a%20b.xhtml": "", "C.xhtml": ""},
        files={
            "OEBPS/a%20b.xhtml": "", "OEBPS/a b.xhtml": page("<p>둘째.</p>"), "OEBPS/C.xhtml": "",
            "oebps/c.XHTML": cp949,  # type: ignore[dict-item]
        },
    )  # fmt: skip
    assert prose(data) == ["소년은 바닷가로 갔다.", "둘째.", "비가 내렸다.", "바람이 불었다."]


def encryption(algorithm: str, path: str) -> str:
    return (
        '<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container" '
        'xmlns:e="http://www.w3.org/2001/04/xmlenc#"><e:EncryptedData>'
        f'<e:EncryptionMethod Algorithm="{algorithm}"/><e:CipherData><e:CipherReference '
        f'URI="{path}"/></e:CipherData></e:EncryptedData></encryption>'
    )


def test_protected_books() -> None:
    aes, fonts = "http://www.w3.org/2001/04/xmlenc#aes256-cbc", "http://www.idpf.org/2008/embedding"
    name = "META-INF/encryption.xml"
    with pytest.raises(RejectedFile, match="DRM"):
        prose(epub({"a.xhtml": STORY}, files={name: encryption(aes, "OEBPS/a.xhtml")}))
    font = encryption(fonts, "OEBPS/f.otf")
    assert prose(epub({"a.xhtml": STORY}, files={name: font})) == ["소년은 바닷가로 갔다."]


GOOD = epub({"a.xhtml": STORY})


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "damaged EPUB, or not an EPUB"),
        (GOOD[: len(GOOD) // 2], "damaged EPUB, or not an EPUB"),
        (GOOD[:700] + bytes(40) + GOOD[740:], "damaged EPUB"),
        (epub({}), "without a spine"),
        (
            epub({"a.xhtml": STORY}, files={"META-INF/container.xml": "<a/>"}),
            "names no package document",
        ),
        (epub({"a.xhtml": STORY}, files={"META-INF/container.xml": ""}), "is not XML"),
        (epub({"a.xhtml": STORY}, files={"OEBPS/book.opf": "\x01"}), "damaged EPUB"),
    ],
)
def test_damaged_books(data: bytes, reason: str) -> None:
    with pytest.raises(RejectedFile, match=reason):
        prose(data)


def test_a_book_that_would_unpack_to_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "MAX_BYTES", 3000)
    assert prose(GOOD)
    with pytest.raises(RejectedFile, match="too large"):
        prose(epub({"a.xhtml": page("<p>" + "바다" * 9000 + "</p>")}))


def test_entities_do_not_reach_out(tmp_path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "secret").write_text("비밀")
    text = (
        f'<!DOCTYPE html [<!ENTITY x SYSTEM "file://{tmp_path}/secret">]>'
        "<html><body><p>문이 &x; 열렸다.</p></body></html>"
    )
    assert "비밀" not in "".join(prose(epub({"a.xhtml": text})))
