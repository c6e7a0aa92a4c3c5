"""The writer's messages in Korean."""

KOREAN = {
    # The session
    "welcome": "Soseol — 모델과 함께 쓰는 이야기 ({model}, {address}). 도움말은 ?",
    "story_new": "새 이야기: {path}",
    "story_continued": "이어서 쓰는 이야기: {path} ({count}문장)",
    "earlier": "… 앞의 {count}문장 생략",
    "opening": "이야기를 여는 문장을 {count}개 써 주십시오. 한꺼번에 붙여 넣어도 됩니다.",
    "opening_fewer": "{count}개보다 적어도 됩니다. 빈 줄에서 Enter를 누르면 시작합니다.",
    "opening_prompt": "첫머리 {number}/{count}> ",
    "prompt": "번호 또는 문장> ",
    "edit_prompt": "고치기> ",
    "insert_prompt": "끼워 넣을 문장> ",
    "edit_original": "고칠 문장: {text}",
    "edit_which": "고칠 후보의 번호도 적으십시오. 예: e 3",
    "fix_which": "고칠 문장의 번호도 적으십시오. 예: f 12 (번호를 보려면 v)",
    "delete_which": "지울 문장의 번호도 적으십시오. 예: x 12, x 12-14 (번호를 보려면 v)",
    "insert_where": (
        "몇 번 문장 뒤에 끼워 넣을지 번호도 적으십시오. 예: i 12, 맨 앞은 i 0 (번호를 보려면 v)"
    ),
    "back_where": "몇 번 문장까지 남길지 번호도 적으십시오. 예: g 12 (번호를 보려면 v)",
    "compare_which": "비교할 갈래의 번호도 적으십시오. 예: c 2, c 1 2 (번호를 보려면 b)",
    "export_which": (
        "파일 형식도 적으십시오: w txt, w md, w epub, w docx "
        "(작성자 표시까지 넣으려면: w epub 작성자)"
    ),
    "asking": "다음 문장을 찾는 중… (취소하려면 Ctrl-C)",
    "retrying": "모델 서버({address})가 응답하지 않아 다시 시도하는 중… (취소하려면 Ctrl-C)",
    "begun": "쓰신 첫머리에 이어 쓴 후보입니다. 첫머리 없는 후보로 돌아가려면 ~",
    "cancelled": "취소했습니다. 이야기는 그대로입니다. 다시 찾으려면 r",
    "nothing_typed": "번호를 고르거나 문장을 쓰십시오. 다시 찾으려면 r, 도움말은 ?",
    "nothing_changed": "바뀐 내용이 없습니다.",
    "already_there": "이미 그 갈래입니다.",
    "how_to_quit": "끝내려면 q를 입력하고 Enter를 누르십시오. 이야기는 저장되어 있습니다.",
    "saved": "저장했습니다: {path} ({count}문장)",
    "exported": "내보냈습니다: {path}",
    "goodbye": "이야기를 저장했습니다: {path} ({count}문장)",
    "goodbye_empty": "쓴 문장이 없습니다.",
    "interrupted": "중단했습니다.",
    # What became of the story; - removed, + added
    "changed_write": "추가했습니다.",
    "changed_take": "골랐습니다.",
    "changed_edit": "고쳤습니다.",
    "changed_insert": "끼워 넣었습니다.",
    "changed_delete": "지웠습니다. 되돌리려면 u",
    "changed_back": "돌아갔습니다. 뒤의 문장들은 갈래로 남아 있습니다 (보려면 b).",
    "changed_undo": "되돌렸습니다. 다시 실행하려면 y",
    "changed_redo": "다시 실행했습니다.",
    "changed_switch": "그 갈래로 옮겼습니다.",
    "changed_outside": "다른 프로그램에서 고친 내용을 반영했습니다.",
    "more_changed": "… 그 밖에 {count}문장",
    "sentences_follow": "(뒤에 {count}문장 더 있음)",
    # Branches, notes, the whole story
    "branch": "  {number}. {sentences}문장, {common}번째 문장까지 같음: …{last}",
    "branch_here": "▸ {number}. {sentences}문장, 지금 쓰는 갈래 ({common}번째 문장까지): …{last}",
    "branches_hint": "옮기려면 b 번호, 비교하려면 c 번호",
    "here": "지금",
    "branch_number": "{number}번",
    "compared": "왼쪽은 {left} 갈래, 오른쪽은 {right} 갈래입니다. {common}번째 문장까지 같습니다.",
    "pinned": "고정한 글: {text}",
    "pinned_nothing": "고정한 글이 없습니다. 모델에게 늘 알려 줄 글을 적으려면 p: 글",
    "note": "메모 {number} ({sentence}문장까지 썼을 때): {text}",
    "dial": "무난 {scale} 새로움 ({value})",
    "dial_turning": "바꾸려면 t 2, t -1, t 0",
    "bars": "막대는 왼쪽부터 {reasons}입니다.",
    "notes_none": "메모가 없습니다. 모델이 보지 않는 메모를 적으려면 n: 글",
    "story_legend": "{count}문장. *는 모델이 쓴 문장, +는 모델의 문장을 작가가 고친 것입니다.",
    "help": (
        "1–9, 0              그 번호의 후보를 고릅니다 (0은 열 번째)\n"
        "e 3, ㄷ 3           3번 후보를 고쳐서 씁니다\n"
        "등불이 ~            쓰다 만 문장을 모델이 끝맺습니다 (등불~: 쓰다 만 낱말도)\n"
        "r, ㄱ, 다시         다른 후보를 찾습니다\n"
        "d, ㅇ, 다르게       지금까지 나온 후보들과 다른 후보를 찾습니다\n"
        "u, ㅕ, 되돌리기     마지막으로 한 일을 되돌립니다\n"
        "y, ㅛ, 다시 실행    되돌린 일을 다시 실행합니다\n"
        "v, ㅍ, 보기         이야기를 번호와 함께 봅니다\n"
        "f 12, ㄹ, 다듬기    12번 문장을 고칩니다\n"
        "x 12, ㅌ, 지우기    12번 문장을 지웁니다 (x 12-14)\n"
        "i 12, ㅑ, 끼우기    12번 문장 뒤에 새 문장을 끼워 넣습니다\n"
        "g 12, ㅎ, 돌아가기  12번 문장 뒤부터 다르게 이어 씁니다\n"
        "b, ㅠ, 갈래         갈래를 봅니다. b 2는 2번 갈래로 옮깁니다\n"
        "c 2, ㅊ, 비교       지금 갈래와 2번 갈래를 나란히 봅니다\n"
        "n: 글, ㅜ, 메모     모델이 보지 않는 메모를 적습니다. n은 메모 보기, n -1은 지우기\n"
        "p: 글, ㅔ, 고정     모델에게 늘 알려 줄 글을 고정합니다. p -는 고정 풀기\n"
        "t 2, ㅅ, 새로움     새로운 문장을 앞에 둡니다 (0은 보통, 3까지). t -2, 무난 2는 그 반대\n"
        "w epub, 내보내기    txt, md, epub, docx로 내보냅니다\n"
        "s, ㄴ, 저장         저장하고 어디에 저장했는지 보여 줍니다\n"
        "q, ㅂ, 끝           끝냅니다\n"
        "그 밖의 글은 모두 직접 쓴 문장이 됩니다. 명령과 같은 말은 앞에 >를 붙여 쓰십시오: > 끝"
    ),
    # Why a candidate ranks where it does
    "natural": "자연스러움",
    "fitting": "문맥",
    "new": "새로움",
    # Who wrote what
    "provenance": "작성자 표시",
    "provenance_who": "작성자",
    "provenance_sentences": "문장",
    "provenance_characters": "글자",
    "by_writer": "작가",
    "by_model": "모델",
    "by_edited": "모델의 문장을 작가가 고침",
    # Automatic play
    "auto_turn": "── {turn}/{turns} ──",
    "auto_choice": "선택 {number}",
    "auto_story": "── 완성된 이야기 ──",
    "auto_opening": (
        "여는 문장이 없습니다. --auto를 쓰려면 이야기 파일이나 --opening, 표준 입력에 문장이 하나 "
        "이상 있어야 합니다."
    ),
    # What can go wrong
    "no_such_candidate": "{number}번 후보는 없습니다. 지금 고를 수 있는 후보는 {count}개입니다.",
    "no_candidates_yet": "지금은 고를 후보가 없습니다. 찾으려면 r",
    "reversed_range": "{first}-{last}: 앞 번호가 뒤 번호보다 큽니다.",
    "no_such_sentence": "{number}번 문장은 없습니다. 이야기는 모두 {count}문장입니다.",
    "no_such_branch": "{number}번 갈래는 없습니다. 갈래는 모두 {count}개입니다.",
    "no_such_note": "{number}번 메모는 없습니다. 메모는 모두 {count}개입니다.",
    "nothing_to_undo": "되돌릴 것이 없습니다.",
    "nothing_to_redo": "다시 실행할 것이 없습니다.",
    "look_again": "번호가 달라졌을 수 있습니다. v로 확인한 뒤 다시 입력하십시오.",
    "no_such_dial": "{value}: {least}(무난)부터 {most}(새로움)까지의 정수만 쓸 수 있습니다.",
    "pin_too_long": "글은 {count}문장까지 고정할 수 있습니다.",
    "no_candidates": "쓸 만한 후보가 없습니다. 다시 찾으려면 r, 아니면 직접 쓰십시오.",
    "unsaved": "저장하지 못했습니다. 아래 내용을 복사해 두십시오.",
    "input_encoding": "표준 입력이 UTF-8이 아닙니다. 그 앞까지 쓴 이야기는 저장되어 있습니다.",
    "story_absent": "{path}: 그런 파일이 없습니다.",
    "story_directory": "{path}: 폴더입니다. 파일 이름을 지정하십시오.",
    "story_not_file": "{path}: 일반 파일이 아닙니다. 다른 파일 이름을 지정하십시오.",
    "story_is_journal": "{path}: 이야기의 작업 기록입니다. 이야기 파일을 여십시오: {story}",
    "story_encoding": (
        "{path}: UTF-8이 아닙니다. 먼저 변환하십시오. 예: iconv -f cp949 -t utf-8 원본 > 새 파일"
    ),
    "story_unreadable": "{path}: 읽을 수 없습니다 ({why}).",
    "story_unwritable": (
        "{path}: 저장할 수 없습니다 ({why}). 폴더와 권한을 확인하거나 다른 파일 이름을 "
        "지정하십시오."
    ),
    "story_changed": (
        "{path}: 방금 다른 프로그램이 고쳤습니다. 같은 명령을 한 번 더 입력하면 그 내용을 "
        "반영합니다."
    ),
    "story_open_elsewhere": (
        "{path}: 이 이야기는 지금 다른 곳에서 열려 있습니다. 그쪽을 끝내고 다시 여십시오."
    ),
    "journal_alien": (
        "{path}: Soseol의 작업 기록 파일이 아닙니다. 이 파일을 다른 곳으로 옮기고 다시 여십시오."
    ),
    "journal_newer": (
        "{path}: 이 기록은 더 높은 버전의 Soseol에서 만들었습니다. Soseol을 업데이트하십시오."
    ),
    "journal_event": (
        "기록의 {number}번째 항목({event})을 해석할 수 없습니다. Soseol을 업데이트하십시오."
    ),
    "journal_torn": (
        "{path}: 마지막 줄이 온전하지 않아 {aside}에 따로 두었습니다. 그 앞은 모두 그대로입니다."
    ),
    "journal_damaged": (
        "{path}: {lines}번째 줄을 읽을 수 없습니다. 나머지는 복구했고, 본문은 이야기 파일의 내용을 "
        "따랐습니다."
    ),
    "text_restored": (
        "{path}: 파일이 없어져 작업 기록에서 복구했습니다. 새 이야기를 쓰려면 다른 이름으로 "
        "여십시오."
    ),
    "text_changed": "{path}: 다른 프로그램에서 고친 내용을 반영했습니다. 되돌리려면 u",
    "opening_late": (
        "{path}: 이미 {count}문장이 있습니다. --opening은 새 이야기에만 쓸 수 있습니다."
    ),
    "opening_empty": "{path}: 문장이 없습니다.",
    "nothing_to_export": "내보낼 문장이 없습니다.",
    "export_directory": "{path}: 폴더입니다. 파일 이름을 지정하십시오.",
    "export_onto_story": "{path}: 이야기 파일 자체입니다. --output에 다른 이름을 지정하십시오.",
    "docx_missing": "docx로 내보내려면 python-docx가 필요합니다: pip install python-docx",
    "server_absent": (
        "{address}에 모델 서버가 없습니다. 서버를 먼저 실행하십시오: "
        "python -m serving --model_name=soseol --model_base_path=<모델 폴더>"
    ),
    "server_gone": "모델 서버({address})가 응답하지 않습니다. 이야기는 그대로입니다.",
    "server_skipped": "{address}: 쓸 수 없어 건너뜁니다.",
    "tls_failed": "{address}: TLS로 연결하지 못했습니다. --ca_file과 서버의 인증서를 확인하십시오.",
    "not_admitted": "{address}: 서버가 접근을 거부했습니다. 토큰이나 인증서를 확인하십시오.",
    "token_needs_tls": "{address}: 토큰은 암호화된 연결로만 보냅니다. --tls를 함께 지정하십시오.",
    "token_empty": "{path}: 파일에 토큰이 없습니다.",
    "token_bad": "{source}: 토큰에 쓸 수 없는 글자가 있습니다.",
    "pem_bad": "{path}: PEM 파일이 아닙니다 (-----BEGIN …).",
    "access_unreadable": "{path}: 읽을 수 없습니다 ({why}).",
    "timed_out": (
        "{seconds}초 안에 응답이 오지 않았습니다. 이야기는 그대로입니다. "
        "더 기다리려면 --timeout을 늘려 다시 시작하십시오."
    ),
    "what_now": "다시 찾으려면 r, 끝내려면 q. 그동안 직접 이어 쓰셔도 됩니다.",
    "no_model": "{address}에 '{model}' 모델이 없습니다. --model을 확인하십시오.",
    "no_label": (
        "{address}의 '{model}' 모델에는 '{label}' 라벨이 없습니다. "
        "--model과 --label을 확인하십시오."
    ),
    "no_signature": (
        "'{model}' 모델에 알맞은 '{signature}' 시그니처가 없습니다. 이 버전의 Soseol로 내보낸 "
        "모델이 필요합니다."
    ),
    "not_a_model_server": "{address}에 있는 서버는 모델 서버가 아닙니다. --server를 확인하십시오.",
    "refused": "서버가 요청을 거부했습니다: {why}",
    "bad_answer": "서버의 '{signature}' 응답을 해석할 수 없습니다: {why}",
    "json_bad": "이 줄은 JSON이 아닙니다.",
    "json_unknown": "'{name}'이라는 명령은 없습니다. 쓸 수 있는 명령: {known}",
    "json_field": "'{name}' 명령의 '{field}' 필드가 올바르지 않습니다.",
    "json_field_missing": "'{name}' 명령에 빠진 필드가 있습니다. 필드: {fields}",
    "json_needs_text": "새 글도 적으십시오. 예: e 3: 새 글",
    "json_help": "명령과 이벤트는 docs/writing.md에 설명되어 있습니다.",
    # The page
    "page_at": "웹 페이지: {url} (끝내려면 Ctrl-C)",
    "page_in_clear": (
        "다른 컴퓨터와의 통신은 암호화되지 않습니다. 신뢰하는 네트워크에서만 쓰십시오."
    ),
    "port_taken": "{address}: 다른 프로그램이 쓰고 있습니다. --port에 다른 번호를 지정하십시오.",
    "host_bad": (
        "{address}: 이 주소로는 접속을 받을 수 없습니다 ({why}). --host와 --port를 확인하십시오."
    ),
    "page_token_short": "{path}: 토큰은 영문자, 숫자, -, _로만 {least}자 이상이어야 합니다.",
    "web_missing": (
        '웹 페이지를 열려면 {name} 패키지가 필요합니다: pip install -c constraints.txt ".[web]"'
    ),
    "weights_absent": "{path}: 그런 파일이 없습니다. python -m client.learn으로 만들 수 있습니다.",
    "weights_unreadable": "{path}: 읽을 수 없습니다 ({why}).",
    "weights_bad": (
        "{path}: 순위 가중치 파일이 아닙니다. 지우거나 python -m client.learn으로 다시 만드십시오."
    ),
    # Learning
    "learn_found": (
        "고른 횟수 {count}번(그중 고쳐서 {edited}번), 모두 버리고 다시 찾은 횟수 {rejected}번"
    ),
    "learn_unmeasured": "{count}번은 예전 버전의 기록이어서 학습에 쓸 수 없습니다.",
    "learn_few": "고른 횟수가 {count}번뿐입니다. {least}번 이상 골라야 학습할 수 있습니다.",
    "learn_accuracy": (
        "고른 후보가 다른 후보보다 위에 오는 비율(학습에 쓰지 않은 선택으로 측정): "
        "학습한 가중치 {learned}, 기본 가중치 {default}, 차이의 95% 구간 {low} … {high}"
    ),
    "learn_worse": "기본 가중치보다 낫지 않아 저장하지 않았습니다.",
    "learn_written": "저장했습니다: {path} (지우면 기본 가중치로 돌아갑니다)",
    "learn_missing": (
        'scikit-learn이 있어야 학습할 수 있습니다: pip install -c constraints.txt ".[learn]"'
    ),
    "journal_absent": (
        "{path}: 작업 기록이 없습니다. 이야기와 같은 폴더에 {path}.journal이 있어야 합니다."
    ),
    # The command line
    "usage": "사용법: ",
    "arguments": "인자",
    "options": "옵션",
    "description": "모델과 함께 이야기를 씁니다. 한국어로 쓴 다섯 문장에서 시작합니다.",
    "description_page": "브라우저에서 모델과 함께 이야기를 씁니다.",
    "description_export": "이야기를 txt, md, epub, docx로 내보냅니다.",
    "description_learn": (
        "작가가 고른 후보에서 순위 가중치를 학습합니다. 이 컴퓨터 밖으로는 아무것도 보내지 "
        "않습니다."
    ),
    "option_story_learn": "이야기 파일. 여러 개를 지정할 수 있습니다",
    "option_output_learn": ("가중치를 저장할 파일. 생략하면 모든 작업이 읽는 파일에 저장합니다"),
    "option_weights": (
        "순위 가중치 파일 (client.learn으로 만든 것). 생략하면 학습한 가중치, 그것도 없으면 기본 "
        "가중치"
    ),
    "epilog": "종료 코드: 0 정상 종료, 1 실패, 2 잘못된 인자, 130 Ctrl-C로 중단",
    "option_story": (
        "이야기 파일 (UTF-8, 한 줄에 한 문장). 있으면 이어 쓰고, 없으면 새로 만듭니다"
    ),
    "option_opening": "새 이야기를 여는 문장들이 든 파일",
    "option_server": (
        "모델 서버의 주소. 쉼표로 여러 개를 지정하면 응답하지 않는 서버는 건너뜁니다 "
        "(기본값: {default})"
    ),
    "option_model": "모델의 이름 (기본값: {default})",
    "option_label": "쓸 모델 버전의 라벨 (stable, canary …). 생략하면 최신 버전",
    "option_lang": "화면의 언어 (기본값: {default})",
    "option_seed": "난수 시드. 값이 같으면 같은 후보가 나옵니다 (기본값: {default})",
    "option_auto": "묻지 않고 N번 자동으로 고릅니다",
    "option_timeout": "응답을 기다리는 시간(초) (기본값: {default:g})",
    "option_temperature": "0보다 큰 수. 클수록 뜻밖의 문장이 나옵니다 (기본값: {default})",
    "option_top_p": "0보다 크고 1 이하인 수. 작을수록 흔한 낱말만 씁니다 (기본값: {default})",
    "option_diversity": "0 이상의 수. 클수록 후보가 서로 달라집니다 (기본값: {default})",
    "option_dial": (
        "어떤 후보를 앞에 둘지 -3(무난)부터 3(새로움)까지의 정수로 (기본값: 지난번 값, 처음에는 0)"
    ),
    "option_json": (
        "프로그램용. 한 줄에 명령 하나를 받고, 한 줄에 이벤트 하나를 JSON으로 출력합니다"
    ),
    "option_tls": "서버와의 연결을 암호화합니다",
    "option_ca_file": "신뢰할 CA 인증서 (PEM). 생략하면 이 컴퓨터에 설치된 것",
    "option_cert_file": "서버에 제시할 인증서 (PEM). --key_file과 함께 지정합니다",
    "option_key_file": "그 인증서의 개인 키 (PEM)",
    "option_token_file": (
        "서버에 보낼 토큰이 든 파일. 생략하면 환경 변수 SOSEOL_TOKEN의 값을 씁니다"
    ),
    "option_host": (
        "접속을 받을 주소. 다른 컴퓨터에서도 접속할 수 있으면 토큰이 필요합니다 (기본값: {default})"
    ),
    "option_port": "접속을 받을 포트 (0이면 빈 포트를 자동으로 고름, 기본값: {default})",
    "option_page_token_file": ("웹 페이지를 여는 토큰이 든 파일. 생략하면 필요할 때 새로 만듭니다"),
    "option_story_export": "이야기 파일",
    "option_to": "파일 형식",
    "option_output": "저장할 파일. 생략하면 이야기 파일과 같은 폴더에 만듭니다",
    "option_provenance": "누가 무엇을 썼는지 끝에 덧붙입니다",
    "option_title": "제목 (기본값: 파일 이름)",
    "option_author": "작가의 이름",
    "option_help": "이 도움말을 보여 줍니다",
    "bad_usage": "{why} (도움말: {command} --help)",
    "bad_server": "{value}: 호스트:포트 꼴이어야 합니다. 예: localhost:8500, [::1]:8500",
    "bad_number": "{value}은(는) {range}가 아닙니다.",
    "tls_needed": "--ca_file과 --cert_file은 --tls와 함께 지정해야 합니다.",
    "key_needed": "--cert_file과 --key_file은 함께 지정해야 합니다.",
    "json_or_auto": "--json과 --auto는 함께 지정할 수 없습니다.",
    "whole_number": "정수",
    "whole_number_at_least": "{least} 이상의 정수",
    "whole_number_between": "{least}부터 {most}까지의 정수",
    "number_above": "{above}보다 큰 수",
    "number_above_to": "{above}보다 크고 {most} 이하인 수",
    "number_at_least": "{least} 이상의 수",
}
