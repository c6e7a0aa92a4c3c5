"""argparse's own error messages, in the writer's language.

``ArgumentParser.error`` receives a finished English message, which is recognised here by its form.
A test compares the table with the messages of the argparse that runs it (looked at: Python 3.11.7,
3.12.1 and 3.13.0), so that a new or reworded message does not reach a writer in English.
"""

import re

_IN_KOREAN = {
    r"unrecognized arguments: (?P<given>.*)": "알 수 없는 인자: {given}",
    r"the following arguments are required: (?P<names>.*)": "다음 인자가 필요합니다: {names}",
    r"one of the arguments (?P<names>.*) is required": (
        "다음 인자 가운데 하나가 필요합니다: {names}"
    ),
    r"expected one argument": "값을 하나 지정하십시오.",
    r"expected at most one argument": "값은 하나까지만 지정할 수 있습니다.",
    r"expected at least one argument": "값을 하나 이상 지정하십시오.",
    r"expected (?P<count>\S+) arguments?": "값을 {count}개 지정하십시오.",
    r"ignored explicit argument (?P<value>.*)": "값을 받지 않는 옵션입니다: {value}",
    r"not allowed with argument (?P<name>.*)": "{name} 옵션과 함께 지정할 수 없습니다.",
    r"ambiguous option: (?P<option>.*) could match (?P<matches>.*)": (
        "{option} 옵션이 여러 옵션과 일치합니다: {matches}"
    ),
    r"unexpected option string: (?P<option>.*)": "알 수 없는 옵션: {option}",
    r"invalid choice: (?P<value>.*) \(choose from (?P<choices>.*)\)": (
        "{value}은(는) 쓸 수 없는 값입니다. 쓸 수 있는 값: {choices}"
    ),
    r"invalid \S+ value: (?P<value>.*)": "올바르지 않은 값입니다: {value}",
}
_NAMED = re.compile(r"argument (?P<name>[^:]+): (?P<message>.*)", re.DOTALL)


def in_language(message: str, language: str) -> str:
    """Return what argparse found wrong, without its prefix ``argument``.

    Messages of ``ArgumentTypeError`` are in the writer's language already and stay as they are.
    """
    match = _NAMED.fullmatch(message)
    name, message = (f"{match['name']}: ", match["message"]) if match else ("", message)
    if language == "ko":
        for form, korean in _IN_KOREAN.items():
            if found := re.fullmatch(form, message, re.DOTALL):
                message = korean.format(**found.groupdict())
                break
    return name + message
