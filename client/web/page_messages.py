"""The page's own messages, beside those it shares with the terminal, in both languages.

The two tables have the same keys, and each message the same placeholders. A key that
``client.messages`` has too is worded differently here: on the page nobody types commands.
"""

from client.messages import LANGUAGES as EVERYWHERE
from client.ranking import Reason
from client.story.manuscript import Author

KOREAN = {
    # Headings, fields and buttons
    "manuscript": "원고",
    "manuscript_hint": "화살표 키로 문장을 옮겨 다니고, Enter로 고칩니다.",
    "next_sentence": "다음 문장",
    "revising": "{number}번 후보를 고쳐서 쓰기",
    "line_hint": "Enter 쓰기 · Tab 후보 찾기 (쓰다 만 문장은 모델이 끝맺습니다)",
    "write": "쓰기",
    "ask": "후보 찾기",
    "leave": "취소",
    "candidates": "후보",
    "candidates_hint": (
        "1–9, 0\u00a0고르기 · ↑↓\u00a0Enter · E\u00a0고쳐서\u00a0쓰기 · R\u00a0다시 · D\u00a0다르게"
    ),
    "no_candidates_yet": "아직 후보가 없습니다. '후보 찾기'(Tab)를 누르십시오.",
    "again": "다시 찾기",
    "differently": "다르게 찾기",
    "revise": "고쳐서 쓰기",
    "stop": "멈추기",
    "undo": "되돌리기",
    "redo": "다시 실행",
    "marks": "작성자 표시",
    "dial": "후보의 성격",
    "safe": "무난",
    "bold": "새로움",
    "dial_at": "{value} (-3 무난, 3 새로움)",
    "branches": "갈래",
    "branch": "{number}. {sentences}문장, {common}번째 문장까지 같음",
    "branch_number": "{number}번 갈래",
    "switch_branch": "이 갈래로 이동",
    "compare_branch": "비교",
    "compared_at": "{common}번째 문장까지 같습니다",
    "here": "지금 쓰는 갈래",
    "close": "닫기",
    "notes": "메모와 고정한 글",
    "pinned": "모델에게 늘 알려 줄 글",
    "pin": "고정",
    "note": "모델이 보지 않는 메모",
    "add_note": "메모 추가",
    "drop_note": "지우기",
    "note_when": "({sentence}문장까지 썼을 때)",
    "export": "내보내기",
    "with_provenance": "끝에 작성자 표시 넣기",
    "sentence": "문장",
    "edit_label": "{number}번 문장 고치기",
    "insert_label": "{number}번 문장 뒤에 끼워 넣기",
    "insert_first": "맨 앞에 끼워 넣기",
    "save": "저장",
    "cancel": "취소",
    "insert_before": "앞에 넣기",
    "insert_after": "뒤에 넣기",
    "back_here": "여기부터 다르게",
    "delete": "지우기",
    # Status
    "counts": "{sentences}문장 · {letters}자 (공백 포함 {characters}자)",
    "shares": "○\u00a0작가\u00a0{writer}% ◆\u00a0모델\u00a0{model}% ◇\u00a0고침\u00a0{edited}%",
    "ready": "후보 {count}개가 나왔습니다.",
    "changed_delete": "지웠습니다.",
    "changed_back": "돌아갔습니다. 뒤의 문장들은 갈래로 남아 있습니다.",
    "changed_undo": "되돌렸습니다.",
    "asking": "다음 문장을 찾는 중…",
    "retrying": "모델 서버({address})가 응답하지 않아 다시 시도하는 중…",
    "opening_short": (
        "다섯 문장을 쓰면 모델이 이야기를 더 잘 파악합니다. 이대로 시작하려면 '후보 찾기'를 한 번 "
        "더 누르십시오."
    ),
    "opening_empty": "먼저 이야기를 여는 문장을 써 주십시오. 한꺼번에 붙여 넣어도 됩니다.",
    # What can go wrong
    "busy": "이미 찾는 중입니다.",
    "stale": ("그사이 이야기가 다른 창에서 바뀌었습니다. 현재 내용을 확인하고 다시 시도하십시오."),
    "cancelled": "멈췄습니다. 이야기는 그대로입니다.",
    "look_again": "다른 프로그램이 글을 고쳤습니다. 현재 내용을 확인하고 다시 시도하십시오.",
    "no_candidates": "쓸 만한 후보가 없습니다. 다시 찾거나 직접 쓰십시오.",
    "story_changed": (
        "{path}: 방금 다른 프로그램이 고쳤습니다. 한 번 더 시도하면 그 내용을 반영합니다."
    ),
    "text_changed": "{path}: 다른 프로그램에서 고친 내용을 반영했습니다. 되돌릴 수 있습니다.",
    "found_again": "다시 연결되었습니다.",
    "http_0": (
        "페이지 서버와 연결이 끊겼습니다. 쓰신 글은 이 창에 남아 있습니다. 다시 연결하는 중입니다."
    ),
    "http_401": "토큰이 바뀌었습니다. 새로 표시된 주소로 다시 여십시오.",
    "http_413": "한 번에 보내기에 너무 깁니다. 나누어 붙여 넣으십시오.",
    "http_500": "페이지 서버에서 오류가 났습니다. 이야기는 그대로입니다.",
}

ENGLISH = {
    # Headings, fields and buttons
    "manuscript": "Manuscript",
    "manuscript_hint": "Arrow keys move between sentences, Enter edits one.",
    "next_sentence": "Next sentence",
    "revising": "Edit candidate {number}",
    "line_hint": "Enter to add · Tab to find candidates (the model finishes what you started)",
    "write": "Add",
    "ask": "Find candidates",
    "leave": "Cancel",
    "candidates": "Candidates",
    "candidates_hint": (
        "1–9, 0\u00a0choose · ↑↓\u00a0Enter · E\u00a0edit · R\u00a0again · D\u00a0differently"
    ),
    "no_candidates_yet": "No candidates yet. Press “Find candidates” (Tab).",
    "again": "Again",
    "differently": "Differently",
    "revise": "Edit first",
    "stop": "Stop",
    "undo": "Undo",
    "redo": "Redo",
    "marks": "Show who wrote what",
    "dial": "Candidate style",
    "safe": "safe",
    "bold": "new",
    "dial_at": "{value} (-3: safe, 3: new)",
    "branches": "Branches",
    "branch": "{number}. {sentences} sentences, same up to sentence {common}",
    "branch_number": "Branch {number}",
    "switch_branch": "Switch to this branch",
    "compare_branch": "Compare",
    "compared_at": "The same up to sentence {common}",
    "here": "Current branch",
    "close": "Close",
    "notes": "Notes and pinned text",
    "pinned": "What the model should always know",
    "pin": "Pin",
    "note": "A note that the model does not see",
    "add_note": "Add note",
    "drop_note": "Delete",
    "note_when": "(at sentence {sentence})",
    "export": "Export",
    "with_provenance": "Append who wrote what",
    "sentence": "sentence",
    "edit_label": "Edit sentence {number}",
    "insert_label": "Insert after sentence {number}",
    "insert_first": "Insert at the very beginning",
    "save": "Save",
    "cancel": "Cancel",
    "insert_before": "Insert before",
    "insert_after": "Insert after",
    "back_here": "Continue differently from here",
    "delete": "Delete",
    # Status
    "counts": "{sentences} sentences · {letters} letters ({characters} characters with spaces)",
    "shares": "○\u00a0you\u00a0{writer}% ◆\u00a0model\u00a0{model}% ◇\u00a0edited\u00a0{edited}%",
    "ready": "{count} candidates found.",
    "changed_delete": "Deleted.",
    "changed_back": "Went back. The sentences that followed are kept as a branch.",
    "changed_undo": "Undone.",
    "asking": "Finding the next sentence…",
    "retrying": "The model server ({address}) is not responding; retrying…",
    "opening_short": (
        "The model understands a story better from five sentences. To begin with these, press "
        "“Find candidates” once more."
    ),
    "opening_empty": "First write the opening of the story. You can paste it all at once.",
    # What can go wrong
    "busy": "Already finding candidates.",
    "stale": "The story was changed in another window. Check it and try again.",
    "cancelled": "Stopped. The story is unchanged.",
    "look_again": "Another program changed the text. Check it and try again.",
    "no_candidates": "No usable candidates. Ask again, or write a sentence yourself.",
    "story_changed": (
        "{path}: another program has just changed it. Try once more to load its changes."
    ),
    "text_changed": "{path}: changes made by another program have been loaded. You can undo this.",
    "found_again": "Connected again.",
    "http_0": "Lost the connection to the page's server. Your text is kept here. Reconnecting…",
    "http_401": "The token has changed. Open the address that was printed last.",
    "http_413": "That is too long to send at once. Paste it in parts.",
    "http_500": "The page's server reported an error. The story is unchanged.",
}

PAGE = {"ko": KOREAN, "en": ENGLISH}
LANGUAGES = {lang: {**EVERYWHERE[lang], **own} for lang, own in PAGE.items()}


def words(language: str) -> dict[str, str]:
    """Return the messages that the page's script needs."""
    shared = [reason.value for reason in Reason] + [f"by_{author.value}" for author in Author]
    shared += [key for key in EVERYWHERE[language] if key.startswith("changed_")]
    return {**{key: EVERYWHERE[language][key] for key in shared}, **PAGE[language]}
