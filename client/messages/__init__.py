"""All messages that a writer reads, in Korean and English.

The two tables have the same keys, and each message the same placeholders.
"""

from client.messages.argparse_messages import in_language
from client.messages.english import ENGLISH
from client.messages.korean import KOREAN

__all__ = ["ENGLISH", "KOREAN", "LANGUAGES", "in_language"]

LANGUAGES = {"ko": KOREAN, "en": ENGLISH}
