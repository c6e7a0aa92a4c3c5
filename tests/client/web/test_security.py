"""Who may speak to the page."""

import pytest

from client.web.security import MAX_BODY_BYTES
from tests.client.web.conftest import ORIGIN

TOKEN = "correct-horse-battery-staple"


def test_every_answer_forbids_what_the_page_does_not_need(window):
    for path in ("/", "/state", "/page.js", "/nowhere", "/export/txt"):
        headers = window.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert "require-trusted-types-for 'script'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert "server" not in headers


def test_a_name_that_was_rebound_to_this_machine_is_refused(new_window, session):
    window = new_window(session, names=["desk.example"])
    for host in ("localhost", "localhost:8580", "127.0.0.1:1", "[::1]:8580", "desk.example:8580"):
        assert window.get("/state", headers={"Host": host}).status_code == 200
    for host in ("evil.example", "localhost.evil.example:8580", "", "[::1", "desk.example.:1"):
        assert window.get("/state", headers={"Host": host}).status_code == 421


@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "null", "http://localhost:3000", "http://localhost.evil.example"],
)
def test_another_site_cannot_act(window, story_file, origin):
    place = window.look()["place"]
    wish = {"action": {"command": "write", "text": "나쁜 문장."}, "place": place, "expected": None}
    for path in ("/act", "/stop"):
        assert window.post(path, json=wish, headers={"Origin": origin}).status_code == 403
    without = window.build_request("POST", "/act", json=wish)
    del without.headers["origin"]
    assert window.send(without).status_code == 403
    assert "나쁜" not in story_file.read_text("utf-8")
    assert window.post("/act", json=wish).status_code == 200  # that was all that was wrong


def test_another_site_cannot_look_but_may_lead_here(window):
    elsewhere = {"Sec-Fetch-Site": "cross-site"}
    assert (
        window.get("/state", headers={**elsewhere, "Sec-Fetch-Mode": "no-cors"}).status_code == 403
    )
    assert window.get("/", headers={**elsewhere, "Sec-Fetch-Mode": "navigate"}).status_code == 200
    neighbour = {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors"}
    assert window.get("/state", headers=neighbour).status_code == 403


def test_a_token_opens_the_page_once_and_a_cookie_after_that(new_window, session):
    window = new_window(session, token=TOKEN)
    for path in ("/", "/state", "/events", "/page.js", "/export/txt", "/?token=", "/?token=wrong"):
        assert window.get(path).status_code == 401
    assert window.post("/act", json={}).status_code == 401
    assert window.get(f"/state?token={TOKEN}").status_code == 401  # only the page itself
    opened = window.get(f"/?token={TOKEN}")
    assert (opened.status_code, opened.headers["location"]) == (303, "/")
    cookie = opened.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=strict" in cookie  # noqa: PT018
    assert window.get("/state").status_code == 200
    window.cookies.clear()
    for wrong in ("soseol-8580=", "soseol-8580=wröng", f"other={TOKEN}", "soseol-8580", ";=;"):
        assert window.get("/state", headers={"Cookie": wrong.encode()}).status_code == 401


def test_a_request_has_a_size(window):
    big = b"x" * (MAX_BODY_BYTES + 1)
    assert window.post("/act", content=big).status_code == 413
    assert window.post("/act", content=iter([big[:-1], b"yz"])).status_code == 413  # in chunks
    assert window.post("/act", content=b"", headers={"Content-Length": "-1"}).status_code == 413
    assert window.post("/act", content=big[:-1]).status_code == 400  # read, and no JSON


def test_no_path_leads_to_a_file(window, tmp_path):
    (tmp_path / "secret.txt").write_text("비밀")
    for path in (
        "/../secret.txt", "/%2e%2e/secret.txt", "/static/page.js", "/app.py", "/page.html.jinja",
        f"/{tmp_path}/secret.txt", "/export/../../secret.txt", "/export/%2e%2e%2fsecret",
        "/export/pdf", "/export/txt%00", "/page.js/", "//etc/passwd",
    ):  # fmt: skip
        answer = window.get(path)
        assert answer.status_code in (404, 307), path
        assert "비밀" not in answer.text
    assert {path.name for path in tmp_path.iterdir()} <= {
        "이야기.txt",
        "이야기.txt.journal",
        ".이야기.txt.lock",
        "secret.txt",
    }


def test_only_what_is_asked_for_in_the_right_way(window):
    assert window.get("/act").status_code == 405
    assert window.post("/state", headers={"Origin": ORIGIN}).status_code == 405
