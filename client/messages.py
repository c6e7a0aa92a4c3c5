"""Everything that is said to a writer, in both languages.

The two tables have the same keys, with the same names in braces.
"""

KOREAN = {
    # The session
    "welcome": "소설 — 모델과 함께 쓰는 이야기 ({model}, {address}). 도움말은 ?",
    "story_new": "새 이야기: {path}",
    "story_continued": "이어서 쓰는 이야기: {path} ({count}문장)",
    "earlier": "…앞의 {count}문장",
    "opening": "이야기를 여는 문장을 {count}개 써 주십시오. 한꺼번에 붙여 넣어도 됩니다.",
    "opening_fewer": "{count}개보다 적어도 됩니다. 빈 줄에서 Enter를 누르면 시작합니다.",
    "opening_prompt": "첫 문장 {number}/{count}> ",
    "prompt": "번호 또는 문장> ",
    "edit_prompt": "고치기> ",
    "edit_original": "고칠 문장: {text}",
    "edit_which": "고칠 후보의 번호를 함께 쓰십시오. 예: e 3",
    "asking": "다음 문장을 찾는 중… (Ctrl-C 취소)",
    "cancelled": "취소했습니다. 이야기는 그대로입니다. 다시 찾으려면 r",
    "nothing_typed": "번호를 고르거나 문장을 쓰십시오. 다시 찾으려면 r, 도움말은 ?",
    "how_to_quit": "끝내려면 q를 누르십시오. 이야기는 저장되어 있습니다.",
    "removed": "되돌림: {sentence}",
    "saved": "저장했습니다: {path} ({count}문장)",
    "goodbye": "이야기를 저장했습니다: {path} ({count}문장)",
    "goodbye_empty": "쓴 문장이 없습니다.",
    "interrupted": "멈췄습니다.",
    "help": (
        "1–9, 0            그 번호의 후보를 고릅니다 (0은 열 번째)\n"
        "e 3, ㄷ 3         3번 후보를 고쳐서 씁니다\n"
        "r, ㄱ, 다시       다른 후보를 찾습니다\n"
        "u, ㅕ, 되돌리기   마지막 문장을 지웁니다\n"
        "s, ㄴ, 저장       저장하고 어디에 있는지 보여 줍니다\n"
        "q, ㅂ, 끝         끝냅니다\n"
        "그 밖의 글은 모두 직접 쓴 문장이 됩니다. 명령과 같은 말은 문장 부호를 붙여 쓰십시오: 끝."
    ),
    # Why a candidate stands where it does
    "natural": "자연스러움",
    "fitting": "문맥",
    "new": "새로움",
    # Playing by itself
    "auto_turn": "── {turn}/{turns} ──",
    "auto_choice": "고름 {number}",
    "auto_story": "── 완성된 이야기 ──",
    "auto_opening": (
        "여는 문장이 없습니다. --auto를 쓰려면 이야기 파일이나 표준 입력에 한 문장 이상 주십시오."
    ),
    # What can go wrong
    "no_such_candidate": "{number}번 후보는 없습니다. 지금 고를 수 있는 후보는 {count}개입니다.",
    "nothing_to_undo": "되돌릴 문장이 없습니다.",
    "no_candidates": "쓸 만한 후보가 없습니다. 다시 찾으려면 r, 아니면 직접 쓰십시오.",
    "unsaved": "저장하지 못한 이야기를 여기에 남깁니다. 복사해 두십시오.",
    "input_encoding": "표준 입력이 UTF-8이 아닙니다. 그 앞까지 쓴 이야기는 저장되어 있습니다.",
    "story_directory": "{path}: 폴더입니다. 이야기 파일의 이름을 주십시오.",
    "story_not_file": "{path}: 보통 파일이 아닙니다. 이야기 파일의 이름을 주십시오.",
    "story_encoding": (
        "{path}: UTF-8이 아닙니다. 먼저 바꾸십시오. 예: iconv -f cp949 -t utf-8 원본 > 새 파일"
    ),
    "story_unreadable": "{path}: 읽을 수 없습니다 ({why}).",
    "story_unwritable": (
        "{path}: 저장할 수 없습니다 ({why}). 폴더와 권한을 확인하거나 다른 파일 이름을 주십시오."
    ),
    "story_changed": "그사이 다른 프로그램이 파일을 고쳤습니다. 둘 다 남기고 이어 씁니다: {path}",
    "server_absent": (
        "{address}에 서버가 없습니다. 서버를 먼저 켜십시오: "
        "python -m serving --model_name=soseol --model_base_path=<모델 폴더>"
    ),
    "server_gone": "{address}의 서버가 답하지 않습니다. 이야기는 그대로입니다.",
    "timed_out": (
        "{seconds}초 안에 답이 오지 않았습니다. 이야기는 그대로입니다. "
        "더 기다리려면 --timeout을 늘려 다시 시작하십시오."
    ),
    "what_now": "다시 찾으려면 r, 끝내려면 q. 직접 쓴 문장도 받습니다.",
    "no_model": "{address}에 '{model}' 모델이 없습니다. --model을 확인하십시오.",
    "no_signature": (
        "'{model}' 모델에 맞는 '{signature}' 시그너처가 없습니다. 이 버전의 소설로 내보낸 모델이 "
        "필요합니다."
    ),
    "not_a_model_server": "{address}에 있는 서버는 모델 서버가 아닙니다. --server를 확인하십시오.",
    "refused": "서버가 요청을 거절했습니다: {why}",
    "bad_answer": "서버의 '{signature}' 답을 읽을 수 없습니다: {why}",
    # The command line
    "description": "모델과 함께 이야기를 씁니다. 한국어로 쓴 다섯 문장에서 시작합니다.",
    "epilog": "종료 코드: 0 끝냄, 1 실패, 2 잘못된 인자, 130 Ctrl-C",
    "option_story": "이야기 파일 (UTF-8, 한 줄에 한 문장). 있으면 이어 쓰고, 없으면 만듭니다",
    "option_server": "모델 서버의 주소 (기본값: {default})",
    "option_model": "모델의 이름 (기본값: {default})",
    "option_lang": "화면의 언어 (기본값: {default})",
    "option_seed": "같은 수는 같은 후보를 줍니다 (기본값: {default})",
    "option_auto": "묻지 않고 혼자 N번 고릅니다",
    "option_timeout": "답을 기다리는 시간, 초 (기본값: {default})",
    "option_temperature": "0보다 큰 수: 클수록 뜻밖의 문장 (기본값: {default})",
    "option_top_p": "0과 1 사이: 작을수록 흔한 낱말만 (기본값: {default})",
    "option_diversity": "0 이상: 클수록 후보가 서로 다름 (기본값: {default})",
    "option_help": "이 도움말을 보여 줍니다",
    "bad_usage": "{why} (도움말: python -m client --help)",
    "bad_server": "{value}: 호스트:포트여야 합니다. 예: localhost:8500, [::1]:8500",
    "bad_number": "{value}: {range}만 쓸 수 있습니다",
    "range_positive": "0보다 큰 수",
    "range_share": "0보다 크고 1 이하인 수",
    "range_not_negative": "0 이상인 수",
    "range_integer": "정수",
    "range_count": "1 이상의 정수",
}

ENGLISH = {
    # The session
    "welcome": "Soseol — a story written with a model ({model}, {address}). Help: ?",
    "story_new": "New story: {path}",
    "story_continued": "Going on with {path} ({count} sentences)",
    "earlier": "… {count} sentences before",
    "opening": "Please write {count} sentences to open the story. You may paste them all at once.",
    "opening_fewer": "Fewer than {count} will do: press Enter on an empty line to begin.",
    "opening_prompt": "Opening {number}/{count}> ",
    "prompt": "Number or sentence> ",
    "edit_prompt": "Edit> ",
    "edit_original": "To edit: {text}",
    "edit_which": "Give the number of the candidate to edit, for example: e 3",
    "asking": "Looking for the next sentence… (Ctrl-C cancels)",
    "cancelled": "Cancelled. The story is as it was. To ask again: r",
    "nothing_typed": "Pick a number or write a sentence. To ask again: r; for help: ?",
    "how_to_quit": "Type q to quit. The story is saved.",
    "removed": "Taken back: {sentence}",
    "saved": "Saved: {path} ({count} sentences)",
    "goodbye": "The story is saved: {path} ({count} sentences)",
    "goodbye_empty": "Nothing was written.",
    "interrupted": "Stopped.",
    "help": (
        "1–9, 0     take the candidate of that number (0 is the tenth)\n"
        "e 3        edit candidate 3, then take it\n"
        "r, again   ask for other candidates\n"
        "u, undo    take the last sentence back\n"
        "s, save    save, and show where\n"
        "q, quit    quit\n"
        "Anything else becomes your own sentence. To write a command's word, add punctuation: Undo."
    ),
    # Why a candidate stands where it does
    "natural": "natural",
    "fitting": "fits",
    "new": "new",
    # Playing by itself
    "auto_turn": "── {turn}/{turns} ──",
    "auto_choice": "Choice {number}",
    "auto_story": "── The finished story ──",
    "auto_opening": (
        "No opening. For --auto, give one sentence or more in the story file or on standard input."
    ),
    # What can go wrong
    "no_such_candidate": "There is no candidate {number}. Candidates to choose from: {count}.",
    "nothing_to_undo": "There is nothing to take back.",
    "no_candidates": "No usable candidate. To ask again: r; or write your own sentence.",
    "unsaved": "The story could not be saved. Here it is; please copy it.",
    "input_encoding": "Standard input is not UTF-8. The story up to there is saved.",
    "story_directory": "{path}: is a folder. Give the name of a story file.",
    "story_not_file": "{path}: is not a regular file. Give the name of a story file.",
    "story_encoding": (
        "{path}: is not UTF-8. Convert it first, for example: iconv -f cp949 -t utf-8 old > new"
    ),
    "story_unreadable": "{path}: cannot be read ({why}).",
    "story_unwritable": (
        "{path}: cannot be saved ({why}). Check folder and permissions, or give another file name."
    ),
    "story_changed": "Another program changed the file. Both are kept; going on in {path}",
    "server_absent": (
        "No server at {address}. Start one first: "
        "python -m serving --model_name=soseol --model_base_path=<model folder>"
    ),
    "server_gone": "The server at {address} does not answer. The story is as it was.",
    "timed_out": (
        "No answer within {seconds} seconds. The story is as it was. "
        "To wait longer, start again with a larger --timeout."
    ),
    "what_now": "To ask again: r; to quit: q; your own sentences are taken as well.",
    "no_model": "There is no model '{model}' at {address}. Check --model.",
    "no_signature": (
        "Model '{model}' has no signature '{signature}' as needed here. It must be exported by "
        "this version of Soseol."
    ),
    "not_a_model_server": "The server at {address} is not a model server. Check --server.",
    "refused": "The server refused the request: {why}",
    "bad_answer": "The server's answer to '{signature}' cannot be read: {why}",
    # The command line
    "description": "Write a story together with a model. It begins with five sentences of yours.",
    "epilog": "Exit codes: 0 done, 1 failed, 2 bad arguments, 130 Ctrl-C",
    "option_story": "story file (UTF-8, one sentence a line); gone on with, or made",
    "option_server": "address of the model server (default: {default})",
    "option_model": "name of the model (default: {default})",
    "option_lang": "language of the screen (default: {default})",
    "option_seed": "the same number gives the same candidates (default: {default})",
    "option_auto": "choose by itself, N times, without asking",
    "option_timeout": "how long to wait for an answer, in seconds (default: {default})",
    "option_temperature": "above 0: the larger, the more surprising (default: {default})",
    "option_top_p": "0 to 1: the smaller, the more common the words (default: {default})",
    "option_diversity": "0 or more: the larger, the more the candidates differ "
    "(default: {default})",
    "option_help": "show this help",
    "bad_usage": "{why} (help: python -m client --help)",
    "bad_server": "{value}: must be host:port, for example localhost:8500 or [::1]:8500",
    "bad_number": "{value}: must be {range}",
    "range_positive": "a number above 0",
    "range_share": "a number above 0 and at most 1",
    "range_not_negative": "a number of 0 or more",
    "range_integer": "a whole number",
    "range_count": "a whole number of 1 or more",
}

LANGUAGES = {"ko": KOREAN, "en": ENGLISH}
