"""How many characters of text each piece of a vocabulary stands for."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pipeline import records


def characters_per_piece(tokenizer: Path) -> np.ndarray:
    """Characters of text that each piece stands for, float32 ``[vocabulary]``.

    A sentence's end counts -1, because its first piece brings a space that is not in the text:
    summed over a sentence and its end, the table gives exactly the sentence's characters. Of the
    byte pieces, only those that can begin a UTF-8 sequence count.
    """
    import sentencepiece

    pieces = sentencepiece.SentencePieceProcessor(model_file=str(tokenizer))
    table = np.zeros(pieces.get_piece_size(), np.float32)
    for index in range(len(table)):
        if pieces.is_byte(index):
            continues = 0x80 <= int(pieces.id_to_piece(index)[1:-1], 16) < 0xC0
            table[index] = 0 if continues else 1
        elif not pieces.is_control(index):
            table[index] = len(pieces.id_to_piece(index))
    table[records.EOS_ID] = -1
    return table
