"""Retakes the documents' pictures of the page: ``python -m tests.client.web.pictures [FOLDER]``.

A stand-in server proposes made-up sentences; the page and the ranking are the real ones. Needs
what the browser tests need, Pillow (installed with matplotlib) and ``apt install fonts-noto-cjk``.
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from client.remote import predict_pb2 as pb
from tests.client.conftest import ModelServer, candidate_outputs, tensor
from tests.client.web.conftest import PageProcess
from tests.client.web.writer import READY, Writer
from tests.conftest import ROOT

TITLE = "솔개포의 등대"
OPENING = [
    "솔개포에 첫 안개가 내린 아침이었다.",
    "은서는 방파제 끝에서 낡은 열쇠 하나를 주웠다.",
    "열쇠에는 작은 등대가 새겨져 있었다.",
    "“이걸 누가 잃어버렸을까?”",
    "은서는 열쇠를 주머니에 넣고 한 영감의 집으로 걸어갔다.",
]
CHOSEN = "한 영감은 마당에서 그물을 깁고 있었다."
DRAFT, EDITED = "영감은 열쇠를 보자 손을 멈추었다.", "영감은 열쇠를 보자 바늘을 든 손을 멈추었다."
# With log-probabilities per token after the story and without it, from which the ranking follows.
CANDIDATES = {
    "은서는 손바닥을 펴 열쇠를 내밀었다.": (-1.9, -3.0),
    "그물코 사이로 물방울이 하나씩 떨어졌다.": (-2.5, -3.4),
    "마당의 닭들이 한꺼번에 조용해졌다.": (-2.5, -3.6),
    "영감의 눈이 안개 너머 먼 곳을 보았다.": (-2.6, -3.3),
    "“할머니는 알고 계셨어요?”": (-2.7, -4.5),
    "“등대는 벌써 오래전에 문을 닫았단다.”": (-2.2, -3.0),
    "바람이 처마 끝의 풍경을 흔들었다.": (-3.5, -4.9),
    "영감은 말없이 방으로 들어가 낡은 상자를 들고 나왔다.": (-2.5, -2.8),
    "“어디에서 났느냐?” 하고 그가 낮게 물었다.": (-2.5, -3.3),
    "“그 열쇠는 삼십 년 전에 바다에 던진 것이다.”": (-2.5, -3.3),
}
TURNS = {5: [CHOSEN], 6: [DRAFT], 7: [*CANDIDATES]}  # by the number of sentences so far

FONT = "Noto Sans CJK KR"
# The system font of a Korean Linux desktop; a bare Debian's has no Hangul.
STYLE = f'body {{ font-family: "{FONT}", sans-serif }}'
COLOURS = 96
DESKTOP = {"viewport": {"width": 1180, "height": 820}}
PHONE = {
    "viewport": {"width": 360, "height": 740},
    "device_scale_factor": 1.5,
    "color_scheme": "dark",
    "is_mobile": True,
    "has_touch": True,
}


def answer(
    server: ModelServer, signature: str, inputs: Mapping[str, Sequence[Any]]
) -> dict[str, Any]:
    """Answer like ``ModelServer``, with the sentences and log-probabilities above."""
    if signature == "embed":
        return server.compute(signature, inputs)
    if signature == "score":
        texts = [text.decode() for text in inputs["sentence"]]
        place = 1
        outputs = server.compute(signature, inputs)
        name, shape, counts = "log_prob", [len(texts)], outputs["token_count"].int_val
    else:
        texts = TURNS[len(inputs["story"][0].decode().splitlines())]
        place = 0
        outputs = candidate_outputs(texts)
        name, shape, counts = "log_probs", [1, len(texts)], outputs["token_counts"].int_val
    per_token = [CANDIDATES.get(text, (-2.0, -3.0))[place] for text in texts]
    values = [value * count for value, count in zip(per_token, counts, strict=True)]
    return {**outputs, name: tensor(pb.DT_FLOAT, shape, float_val=values)}


def new_page(browser: Browser, settings: Mapping[str, Any]) -> Page:
    """Open a window, in which ``STYLE`` may be added."""
    context = browser.new_context(
        locale="ko-KR", reduced_motion="reduce", bypass_csp=True, **settings
    )
    return context.new_page()


def write(writer: Writer, url: str) -> None:
    """Write the story: one sentence by the model, one that the writer edited."""
    writer.open(url)
    writer.press("Tab")
    wait(writer, [CHOSEN])
    writer.press("1")
    wait(writer, [DRAFT])
    writer.press("KeyE")
    writer.page.fill("#line", EDITED)
    writer.press("Enter")
    wait(writer, [*CANDIDATES])
    writer.page.focus("#candidates")
    writer.press("ArrowDown")


def wait(writer: Writer, candidates: list[str]) -> None:
    """Wait until the candidates are shown, in this order, and can be chosen."""
    writer.until(lambda: writer.candidates() == candidates)
    writer.page.wait_for_selector(READY)


def save(page: Page, path: Path) -> None:
    """Save what the window shows, as a small PNG."""
    page.add_style_tag(content=STYLE)
    page.wait_for_timeout(500)  # until it is drawn
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    method = Image.Quantize.MAXCOVERAGE  # the usual MEDIANCUT loses small accents
    picture = picture.quantize(COLOURS, method, kmeans=3, dither=Image.Dither.NONE)
    picture.save(path, optimize=True)
    print(f"{path}: {picture.width} x {picture.height}, {path.stat().st_size:,} bytes")


def main(folder: Path) -> None:
    """Write both pictures into ``folder``."""
    if FONT not in subprocess.run(["fc-list"], capture_output=True, text=True, check=True).stdout:
        sys.exit(f"{FONT} is missing: apt install fonts-noto-cjk")
    server = ModelServer()
    server.answer = lambda signature, inputs: answer(server, signature, inputs)
    with tempfile.TemporaryDirectory() as temporary, sync_playwright() as playwright:
        os.environ["XDG_CONFIG_HOME"] = temporary  # no ranking learnt from this machine's writer
        story = Path(temporary, f"{TITLE}.txt")
        story.write_text("\n".join(OPENING) + "\n", "utf-8")
        page = PageProcess(story, "--server", server.address, "--lang", "ko")
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or shutil.which("google-chrome"),
            args=["--no-sandbox"] if os.geteuid() == 0 else [],
        )
        try:
            desktop = Writer(new_page(browser, DESKTOP))
            write(desktop, page.url)
            save(desktop.page, folder / "page.png")
            phone = new_page(browser, PHONE)
            phone.goto(page.url)
            phone.wait_for_selector("#candidates .candidate")
            save(phone, folder / "page-phone.png")
        finally:
            browser.close()
            page.end()
            server.kill()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "images")
