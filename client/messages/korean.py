"""What is said in Korean."""

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
    "insert_prompt": "끼울 문장> ",
    "edit_original": "고칠 문장: {text}",
    "edit_which": "고칠 후보의 번호를 함께 쓰십시오. 예: e 3",
    "fix_which": "고칠 문장의 번호를 함께 쓰십시오. 예: f 12 (번호는 v로 봅니다)",
    "delete_which": "지울 문장의 번호를 함께 쓰십시오. 예: x 12, x 12-14 (번호는 v로 봅니다)",
    "insert_where": "어느 문장 뒤인지 함께 쓰십시오. 예: i 12, 맨 앞은 i 0 (번호는 v로 봅니다)",
    "back_where": "어느 문장까지 남길지 번호를 함께 쓰십시오. 예: g 12 (번호는 v로 봅니다)",
    "compare_which": "견줄 갈래의 번호를 함께 쓰십시오. 예: c 2, c 1 2 (번호는 b로 봅니다)",
    "export_which": "형식을 함께 쓰십시오: w txt, w md, w epub, w docx (쓴 이까지: w epub 출처)",
    "asking": "다음 문장을 찾는 중… (Ctrl-C 취소)",
    "retrying": "{address}의 서버가 답하지 않아 한 번 더 찾는 중… (Ctrl-C 취소)",
    "begun": "이렇게 시작하는 문장입니다. 처음부터 모델이 쓴 문장으로 돌아가려면 ~",
    "cancelled": "취소했습니다. 이야기는 그대로입니다. 다시 찾으려면 r",
    "nothing_typed": "번호를 고르거나 문장을 쓰십시오. 다시 찾으려면 r, 도움말은 ?",
    "nothing_changed": "바뀐 것이 없습니다.",
    "already_there": "이미 여기입니다.",
    "how_to_quit": "끝내려면 q를 누르십시오. 이야기는 저장되어 있습니다.",
    "saved": "저장했습니다: {path} ({count}문장)",
    "exported": "내보냈습니다: {path}",
    "goodbye": "이야기를 저장했습니다: {path} ({count}문장)",
    "goodbye_empty": "쓴 문장이 없습니다.",
    "interrupted": "멈췄습니다.",
    # What became of the story; - went, + came
    "changed_write": "썼습니다.",
    "changed_take": "골랐습니다.",
    "changed_edit": "고쳤습니다.",
    "changed_insert": "끼웠습니다.",
    "changed_delete": "지웠습니다. 되돌리려면 u",
    "changed_back": "돌아갔습니다. 뒤의 문장들은 갈래로 남습니다 (b로 봅니다).",
    "changed_undo": "되돌렸습니다. 되살리려면 y",
    "changed_redo": "되살렸습니다.",
    "changed_switch": "갈래를 옮겼습니다.",
    "changed_outside": "다른 프로그램이 고친 것을 받아들였습니다.",
    "more_changed": "…그 밖에 {count}문장",
    "sentences_follow": "(뒤에 {count}문장)",
    # Branches, notes, the whole story
    "branch": "  {number}. {sentences}문장, {common}번째 문장까지 같음: …{last}",
    "branch_here": "▸ {number}. {sentences}문장, 지금 여기 ({common}번째 문장까지): …{last}",
    "branches_hint": "옮기려면 b 번호, 견주려면 c 번호",
    "here": "지금",
    "compared": "왼쪽: {left}, 오른쪽: {right}. {common}번째 문장까지 같습니다.",
    "pinned": "고정: {text}",
    "pinned_nothing": "고정한 글이 없습니다. 모델에게 늘 알려 줄 글은 p: 글",
    "note": "메모 {number} ({sentence}문장 때): {text}",
    "dial": "무난 {scale} 새로움 ({value})",
    "dial_turning": "바꾸려면 t 2, t -1, t 0",
    "bars": "막대는 차례로 {reasons}",
    "notes_none": "메모가 없습니다. 모델이 보지 않는 메모는 n: 글",
    "story_legend": "{count}문장. *는 모델이 쓴 문장, +는 모델의 문장을 작가가 고친 것입니다.",
    "help": (
        "1–9, 0              그 번호의 후보를 고릅니다 (0은 열 번째)\n"
        "e 3, ㄷ 3           3번 후보를 고쳐서 씁니다\n"
        "등불이 ~            쓰다 만 문장을 모델이 끝맺습니다 (등불~: 쓰다 만 낱말도)\n"
        "r, ㄱ, 다시         다른 후보를 찾습니다\n"
        "d, ㅇ, 다르게       지금까지 나온 후보들과 다른 것을 찾습니다\n"
        "u, ㅕ, 되돌리기     마지막 일을 되돌립니다\n"
        "y, ㅛ, 되살리기     되돌린 것을 되살립니다\n"
        "v, ㅍ, 보기         이야기를 번호와 함께 봅니다\n"
        "f 12, ㄹ, 다듬기    12번 문장을 고칩니다\n"
        "x 12, ㅌ, 지우기    12번 문장을 지웁니다 (x 12-14)\n"
        "i 12, ㅑ, 끼우기    12번 문장 뒤에 끼웁니다\n"
        "g 12, ㅎ, 돌아가기  12번 문장 뒤부터 다르게 이어 씁니다\n"
        "b, ㅠ, 갈래         갈래를 봅니다. b 2는 2번 갈래로 옮깁니다\n"
        "c 2, ㅊ, 비교       지금 갈래와 2번 갈래를 나란히 봅니다\n"
        "n: 글, ㅜ, 메모     모델이 보지 않는 메모. n은 보기, n -1은 지우기\n"
        "p: 글, ㅔ, 고정     모델에게 늘 알려 주는 글. p -는 지우기\n"
        "t 2, ㅅ, 새로움     새로운 문장을 앞에 둡니다 (0은 보통, 3까지). t -2, 무난 2는 그 반대\n"
        "w epub, 내보내기    txt, md, epub, docx로 내보냅니다\n"
        "s, ㄴ, 저장         저장하고 어디에 있는지 보여 줍니다\n"
        "q, ㅂ, 끝           끝냅니다\n"
        "그 밖의 글은 모두 직접 쓴 문장이 됩니다. 명령과 같은 말은 앞에 >를 붙여 쓰십시오: > 끝"
    ),
    # Why a candidate stands where it does
    "natural": "자연스러움",
    "fitting": "문맥",
    "new": "새로움",
    # Who wrote what
    "provenance": "누가 썼는가",
    "provenance_who": "쓴 이",
    "provenance_sentences": "문장",
    "provenance_characters": "글자",
    "by_writer": "작가",
    "by_model": "모델",
    "by_edited": "모델의 문장을 작가가 고침",
    # Playing by itself
    "auto_turn": "── {turn}/{turns} ──",
    "auto_choice": "고름 {number}",
    "auto_story": "── 완성된 이야기 ──",
    "auto_opening": (
        "여는 문장이 없습니다. --auto를 쓰려면 이야기 파일이나 --opening, 표준 입력에 한 문장 이상 "
        "주십시오."
    ),
    # What can go wrong
    "no_such_candidate": "{number}번 후보는 없습니다. 지금 고를 수 있는 후보는 {count}개입니다.",
    "no_such_sentence": "{number}번 문장은 없습니다. 이야기는 {count}문장입니다.",
    "no_such_branch": "{number}번 갈래는 없습니다. 갈래는 {count}개입니다.",
    "no_such_note": "{number}번 메모는 없습니다. 메모는 {count}개입니다.",
    "nothing_to_undo": "되돌릴 것이 없습니다.",
    "nothing_to_redo": "되살릴 것이 없습니다.",
    "look_again": "번호가 달라졌을 수 있습니다. v로 보고 다시 하십시오.",
    "no_such_dial": "{value}: {least}(무난)부터 {most}(새로움)까지의 정수만 쓸 수 있습니다.",
    "pin_too_long": "고정하는 글은 {count}문장까지입니다.",
    "no_candidates": "쓸 만한 후보가 없습니다. 다시 찾으려면 r, 아니면 직접 쓰십시오.",
    "unsaved": "저장하지 못한 이야기를 여기에 남깁니다. 복사해 두십시오.",
    "input_encoding": "표준 입력이 UTF-8이 아닙니다. 그 앞까지 쓴 이야기는 저장되어 있습니다.",
    "story_absent": "{path}: 그런 파일이 없습니다.",
    "story_directory": "{path}: 폴더입니다. 파일의 이름을 주십시오.",
    "story_not_file": "{path}: 보통 파일이 아닙니다. 보통 파일의 이름을 주십시오.",
    "story_is_journal": "{path}: 이야기의 기록입니다. 이야기 파일을 여십시오: {story}",
    "story_encoding": (
        "{path}: UTF-8이 아닙니다. 먼저 바꾸십시오. 예: iconv -f cp949 -t utf-8 원본 > 새 파일"
    ),
    "story_unreadable": "{path}: 읽을 수 없습니다 ({why}).",
    "story_unwritable": (
        "{path}: 저장할 수 없습니다 ({why}). 폴더와 권한을 확인하거나 다른 파일 이름을 주십시오."
    ),
    "story_changed": "{path}: 방금 다른 프로그램이 고쳤습니다. 한 번 더 하면 받아들입니다.",
    "story_open_elsewhere": (
        "{path}: 이 이야기는 지금 다른 곳에서 열려 있습니다. 그쪽을 끝내고 다시 여십시오."
    ),
    "journal_alien": "{path}: 소설의 기록이 아닙니다. 이 파일을 다른 곳으로 옮기고 다시 여십시오.",
    "journal_newer": "{path}: 더 새로운 소설이 쓴 기록입니다. 소설을 새로 설치하십시오.",
    "journal_event": "기록의 {number}번 사건({event})을 모릅니다. 소설을 새로 설치하십시오.",
    "journal_torn": (
        "{path}: 마지막 줄이 온전하지 않아 {aside}에 따로 두었습니다. 그 앞은 모두 그대로입니다."
    ),
    "journal_damaged": (
        "{path}: {lines}번째 줄을 읽을 수 없습니다. 나머지는 살렸고, 글은 이야기 파일을 따랐습니다."
    ),
    "text_restored": (
        "{path}: 파일이 없어져 기록에서 되살렸습니다. 새 이야기는 새 이름으로 여십시오."
    ),
    "text_changed": "{path}: 다른 프로그램이 고친 것을 받아들였습니다. 되돌리려면 u",
    "opening_late": "{path}: 이미 {count}문장이 있습니다. --opening은 새 이야기에만 씁니다.",
    "opening_empty": "{path}: 문장이 없습니다.",
    "nothing_to_export": "내보낼 문장이 없습니다.",
    "export_directory": "{path}: 폴더입니다. 파일의 이름을 주십시오.",
    "export_onto_story": "{path}: 이야기 자신입니다. --output에 다른 이름을 주십시오.",
    "docx_missing": "docx로 내보내려면 python-docx가 필요합니다: pip install python-docx",
    "server_absent": (
        "{address}에 서버가 없습니다. 서버를 먼저 켜십시오: "
        "python -m serving --model_name=soseol --model_base_path=<모델 폴더>"
    ),
    "server_gone": "{address}의 서버가 답하지 않습니다. 이야기는 그대로입니다.",
    "server_skipped": "{address}: 쓸 수 없어 건너뜁니다.",
    "tls_failed": "{address}: TLS로 잇지 못했습니다. --ca_file과 서버의 인증서를 확인하십시오.",
    "not_admitted": "{address}: 서버가 들여보내지 않습니다. 토큰이나 인증서를 확인하십시오.",
    "token_needs_tls": "{address}: 토큰은 암호화된 연결로만 보냅니다. --tls를 함께 쓰십시오.",
    "token_empty": "{path}: 토큰이 없습니다.",
    "token_bad": "{source}: 토큰에 쓸 수 없는 글자가 있습니다.",
    "pem_bad": "{path}: PEM 파일이 아닙니다 (-----BEGIN …).",
    "access_unreadable": "{path}: 읽을 수 없습니다 ({why}).",
    "timed_out": (
        "{seconds}초 안에 답이 오지 않았습니다. 이야기는 그대로입니다. "
        "더 기다리려면 --timeout을 늘려 다시 시작하십시오."
    ),
    "what_now": "다시 찾으려면 r, 끝내려면 q. 직접 쓴 문장도 받습니다.",
    "no_model": "{address}에 '{model}' 모델이 없습니다. --model을 확인하십시오.",
    "no_label": (
        "{address}의 '{model}' 모델에는 '{label}' 라벨이 없습니다. "
        "--model과 --label을 확인하십시오."
    ),
    "no_signature": (
        "'{model}' 모델에 맞는 '{signature}' 시그너처가 없습니다. 이 버전의 소설로 내보낸 모델이 "
        "필요합니다."
    ),
    "not_a_model_server": "{address}에 있는 서버는 모델 서버가 아닙니다. --server를 확인하십시오.",
    "refused": "서버가 요청을 거절했습니다: {why}",
    "bad_answer": "서버의 '{signature}' 답을 읽을 수 없습니다: {why}",
    "json_bad": "JSON이 아닌 줄입니다.",
    "json_unknown": "'{name}'이라는 명령은 없습니다. 있는 명령: {known}",
    "json_field": "'{name}' 명령에 맞지 않는 '{field}'입니다.",
    "json_field_missing": "'{name}' 명령에 빠진 것이 있습니다. 필드: {fields}",
    "json_needs_text": "새 글을 함께 주십시오. 예: e 3: 새 글",
    "json_help": "명령과 사건은 docs/writing.md에 있습니다.",
    # The page
    "page_at": "페이지: {url} (끝내려면 Ctrl-C)",
    "page_in_clear": "다른 컴퓨터와는 암호화하지 않고 주고받습니다. 믿는 망에서만 쓰십시오.",
    "port_taken": "{address}: 다른 프로그램이 쓰고 있습니다. --port에 다른 번호를 주십시오.",
    "host_bad": "{address}: 여기에서 들을 수 없습니다 ({why}). --host와 --port를 확인하십시오.",
    "page_token_short": "{path}: 토큰은 {least}자 이상의 영문자, 숫자, -, _ 여야 합니다.",
    "web_missing": '페이지에는 {name} 패키지가 필요합니다: pip install ".[client,web]"',
    "weights_absent": "{path}: 그런 파일이 없습니다. python -m client.learn이 만듭니다.",
    "weights_unreadable": "{path}: 읽을 수 없습니다 ({why}).",
    "weights_bad": "{path}: 순위의 무게가 아닙니다. 지우거나 client.learn으로 다시 만드십시오.",
    # Learning
    "learn_found": "고르기 {count}번 (고쳐서 {edited}번), 모두 물리고 다시 찾기 {rejected}번",
    "learn_unmeasured": "{count}번은 예전 기록이어서 배우는 데 쓸 수 없습니다.",
    "learn_few": "고른 일이 {count}번뿐입니다. {least}번은 있어야 배울 수 있습니다.",
    "learn_accuracy": (
        "고른 후보가 다른 후보보다 위에 오는 비율 (남겨 둔 것으로 잼): 배운 무게 {learnt}, "
        "기본 무게 {default}, 차이의 95 % 구간 {low} … {high}"
    ),
    "learn_worse": "기본 무게보다 낫지 않아 아무것도 쓰지 않았습니다.",
    "learn_written": "썼습니다: {path} (지우면 기본 무게로 돌아갑니다)",
    "learn_missing": '배우려면 scikit-learn이 필요합니다: pip install ".[client,learn]"',
    "journal_absent": "{path}: 기록이 없습니다. 이야기와 같은 곳에 {path}.journal이 있어야 합니다.",
    # The command line
    "description": "모델과 함께 이야기를 씁니다. 한국어로 쓴 다섯 문장에서 시작합니다.",
    "description_page": "브라우저에서 모델과 함께 이야기를 씁니다.",
    "description_export": "이야기를 txt, md, epub, docx로 내보냅니다.",
    "description_learn": "작가가 고른 것을 보고 후보의 순위를 맞춥니다. 어디에도 보내지 않습니다.",
    "option_story_learn": "이야기 파일, 여럿도 됩니다",
    "option_output_learn": "무게를 쓸 파일. 없으면 모든 이야기에 쓰이는 곳",
    "option_weights": "순위의 무게 (client.learn이 쓴 파일). 없으면 배워 둔 것이나 기본 무게",
    "epilog": "종료 코드: 0 끝냄, 1 실패, 2 잘못된 인자, 130 Ctrl-C",
    "option_story": "이야기 파일 (UTF-8, 한 줄에 한 문장). 있으면 이어 쓰고, 없으면 만듭니다",
    "option_opening": "새 이야기를 여는 문장들이 든 파일",
    "option_server": "모델 서버의 주소, 쉼표로 여럿: 답하지 않으면 다음으로 (기본값: {default})",
    "option_model": "모델의 이름 (기본값: {default})",
    "option_label": "모델의 어느 버전인지, 서버가 붙인 라벨로 (stable, canary …). 없으면 가장 새것",
    "option_lang": "화면의 언어 (기본값: {default})",
    "option_seed": "같은 수는 같은 후보를 줍니다 (기본값: {default})",
    "option_auto": "묻지 않고 혼자 N번 고릅니다",
    "option_timeout": "답을 기다리는 시간, 초 (기본값: {default})",
    "option_temperature": "0보다 큰 수: 클수록 뜻밖의 문장 (기본값: {default})",
    "option_top_p": "0과 1 사이: 작을수록 흔한 낱말만 (기본값: {default})",
    "option_diversity": "0 이상: 클수록 후보가 서로 다름 (기본값: {default})",
    "option_dial": "-3(무난)부터 3(새로움)까지: 무엇을 앞에 둘지 (기본값: 지난번대로)",
    "option_json": "프로그램을 위해: 한 줄에 명령 하나를 받고 한 줄에 사건 하나를 JSON으로 냅니다",
    "option_tls": "서버와 암호화해서 잇습니다",
    "option_ca_file": "믿을 인증서 (PEM). 없으면 이 컴퓨터의 것",
    "option_cert_file": "서버에 보일 인증서 (PEM), --key_file과 함께",
    "option_key_file": "그 인증서의 열쇠 (PEM)",
    "option_token_file": "서버에 보낼 토큰이 든 파일. 없으면 환경 변수 SOSEOL_TOKEN",
    "option_host": "들을 주소. 이 컴퓨터 밖에서도 열리면 토큰이 필요합니다 (기본값: {default})",
    "option_port": "들을 포트, 0이면 아무 빈 포트 (기본값: {default})",
    "option_page_token_file": "페이지를 여는 토큰이 든 파일. 없고 필요하면 새로 만듭니다",
    "option_story_export": "이야기 파일",
    "option_to": "파일의 형식",
    "option_output": "쓸 파일. 없으면 이야기 옆에 새로 만듭니다",
    "option_provenance": "누가 무엇을 썼는지 끝에 덧붙입니다",
    "option_title": "제목 (기본값: 파일의 이름)",
    "option_author": "작가의 이름",
    "option_help": "이 도움말을 보여 줍니다",
    "bad_usage": "{why} (도움말: {command} --help)",
    "bad_server": "{value}: 호스트:포트여야 합니다. 예: localhost:8500, [::1]:8500",
    "bad_number": "{value}: {range}만 쓸 수 있습니다",
    "tls_needed": "--ca_file과 --cert_file은 --tls와 함께 씁니다",
    "key_needed": "--cert_file과 --key_file은 함께 씁니다",
    "json_or_auto": "--json과 --auto는 함께 쓸 수 없습니다",
    "range_positive": "0보다 큰 수",
    "range_share": "0보다 크고 1 이하인 수",
    "range_not_negative": "0 이상인 수",
    "range_integer": "정수",
    "range_dial": "{least}부터 {most}까지의 정수",
    "range_port": "0과 65535 사이의 정수",
    "range_count": "1 이상의 정수",
}
