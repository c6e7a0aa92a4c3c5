"""The format of a data set on disk: what the pipeline writes and the trainer reads.

One ``tf.train.Example`` is one *passage*: consecutive sentences of one work, in order.
Of the pipeline, the trainer may import only this module, ``checksums`` and ``version``, so they use
the standard library only.
"""

FORMAT_VERSION = 1

MANIFEST = "dataset.json"  # written last: its presence means that the data set is complete
REJECTED = "rejected.jsonl"  # every rejected file, work or line, with the reason
REPORT = "report.html"  # describes the data set, for people
TOKENIZER = "tokenizer.model"  # a SentencePiece unigram model

SPLITS = ("train", "validation", "test")

# Features of a passage.
WORK = "work"  # bytes: stable id of the work, a hash of its content
FIRST_SENTENCE = "first_sentence"  # int64: index in the work of the passage's first sentence
TOKENS = "tokens"  # int64 list: concatenated ids of all sentences; no padding, BOS or EOS
LENGTHS = "lengths"  # int64 list: number of tokens in each sentence; sums to len(tokens)

# The first ids of every tokenizer.model; the 256 byte pieces follow.
PAD_ID, UNK_ID, BOS_ID, EOS_ID = 0, 1, 2, 3
SPECIAL_PIECES = ("<pad>", "<unk>", "<s>", "</s>")
