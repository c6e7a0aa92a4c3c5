import re

from client.messages import LANGUAGES as EVERYWHERE
from client.web.page_messages import ENGLISH, KOREAN, words
from tests.client.messages.test_messages import names
from tests.conftest import ROOT

WEB = ROOT / "client" / "web"


def test_both_languages_say_the_same_things():
    assert KOREAN.keys() == ENGLISH.keys()
    for key, korean in KOREAN.items():
        assert names(korean) == names(ENGLISH[key])
        assert re.search("[가-힣]", korean)
        assert not re.search("[가-힣]", ENGLISH[key])


def test_what_is_said_elsewhere_too_names_nothing_else():
    for key in KOREAN.keys() & EVERYWHERE["ko"].keys():
        assert set(names(KOREAN[key])) <= set(names(EVERYWHERE["ko"][key])), key


def test_the_type_checker_knows_the_elements_of_the_page():
    page = (WEB / "page.html.jinja").read_text("utf-8")
    code = "".join(path.read_text("utf-8") for path in (WEB / "static").glob("*.js"))
    types = ROOT / "tests" / "client" / "web" / "types" / "page.d.ts"
    elements = types.read_text("utf-8").split("interface Elements {")[1]
    typed = set(re.findall(r'^ +"?([\w-]+)"?: HTML', elements, re.MULTILINE))
    assert typed <= set(re.findall(r'\bid="([\w-]+)"', page))
    assert set(re.findall(r'byId\("([\w-]+)"\)', code)) <= typed


def test_every_word_is_used_and_every_used_word_is_there():
    code = "".join(path.read_text("utf-8") for path in (WEB / "static").glob("*.js"))
    page = (WEB / "page.html.jinja").read_text("utf-8")
    python = "".join(path.read_text("utf-8") for path in (ROOT / "client").rglob("*.py"))
    used = set(re.findall(r'words\.(\w+)|message\(\s*"(\w+)"', code + page))
    used = {one or other for one, other in used}
    assert used <= words("ko").keys()
    made = {f"http_{status}" for status in (0, 401, 413, 500)}
    made |= {key for key in KOREAN if key.startswith("changed_")}  # how Changed says it
    quoted = {key for key in KOREAN if f'"{key}"' in code + python.replace(f'"{key}":', "")}
    assert KOREAN.keys() == (used | made | quoted) & KOREAN.keys()
