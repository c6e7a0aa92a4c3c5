"""Everything that is said to a writer, in both languages.

The two tables have the same keys, with the same names in braces.
"""

from client.messages.english import ENGLISH
from client.messages.korean import KOREAN

__all__ = ["ENGLISH", "KOREAN", "LANGUAGES"]

LANGUAGES = {"ko": KOREAN, "en": ENGLISH}
