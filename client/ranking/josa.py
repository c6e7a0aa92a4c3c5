"""Finds particles (josa) in the wrong form for the syllable before them, by rule.

A particle has one form after a final consonant (batchim) and another after a vowel: 등불을, 바다를.
Most of these forms also end other words, which only a dictionary can tell apart (작가 and 등불가,
먹는 and 등불는 …). Checked here are the forms in which almost no other word ends; the exceptions
are listed. This favours precision: correct words are hardly ever rejected, some wrong ones pass.
"""

import re
from collections.abc import Callable

_WORD = re.compile("[가-힣]+")
_FIRST, _FINALS = ord("가"), 28
_VOWEL, _NIEUN, _RIEUL, _IEUNG = 0, 4, 8, 21  # final consonants as Unicode numbers them

# Words that end like a wrong particle: 마을, 지은, 껴안는, 좋와 (old), 효과 …
_EXCEPTIONS = re.compile(
    "(?:(?:가|마|노|고|개|모|지|부|저|그|주|누)을|(?:지|모|부|누|그|저|조)은|(?:^|더)나[을은]|^이[을은]"
    # given names of two syllables, and of three if the second often precedes 은
    "|^.은|^.[가고나다미보서세소수시아예유재조주지채하효]은"
    "|(?:안|신)는|좋와"
    "|(?:사|외|대|효|무|치|내|교|초|투|여|화|국어|소아|후|의)과|^(?:다|모|이)과"
    "|모으로"
    "|(?:종|장|원|난|중|작|폭|행|선|통|육|항|탄|경|광|공|진|환|언|험|당|풍|청|간|정|전)로)$"
)


def _final(syllable: str) -> int:
    """Return the number of a Hangul syllable's final consonant, 0 if it has none."""
    return (ord(syllable) - _FIRST) % _FINALS


# By particle: the final consonants after which it is wrong.
_WRONG: dict[str, Callable[[int], bool]] = {
    "를": lambda final: final != _VOWEL,
    "을": lambda final: final == _VOWEL,
    "은": lambda final: final == _VOWEL,
    "는": lambda final: final in (_NIEUN, _RIEUL, _IEUNG),  # of verb stems only 안- and 신- end so
    "와": lambda final: final != _VOWEL,
    "과": lambda final: final == _VOWEL,
    "으로": lambda final: final in (_VOWEL, _RIEUL),
    "로": lambda final: final not in (_VOWEL, _RIEUL),
}


def has_broken_josa(text: str) -> bool:
    """Return whether a word of a sentence ends in a particle of the wrong form."""
    return any(_is_broken(word) for word in _WORD.findall(text))


def _is_broken(word: str) -> bool:
    for particle in ("으로", word[-1]):
        if particle in _WRONG and word.endswith(particle) and len(word) > len(particle):
            wrong = _WRONG[particle](_final(word[-1 - len(particle)]))
            return wrong and not _EXCEPTIONS.search(word)
    return False
