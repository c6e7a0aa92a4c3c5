"""The job as an Apache Beam pipeline, from input files to dataset.json."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import apache_beam as beam
from apache_beam.pvalue import AsDict, AsList, AsSingleton

from pipeline import progress, rejections, storage
from pipeline.duplicates.deduplication import RemoveDuplicates
from pipeline.errors import JobError
from pipeline.options import JobOptions
from pipeline.output import manifest, passages, splits
from pipeline.output.shards import Shards
from pipeline.progress import count
from pipeline.reading import chunks
from pipeline.reading.chunks import Chunk
from pipeline.reading.inputs import Inputs
from pipeline.reading.works import ReadWorks, Work
from pipeline.records import MANIFEST, REJECTED, REPORT, TOKENIZER
from pipeline.report import page, statistics
from pipeline.report.rejection_counts import CountRejections, RejectionCount
from pipeline.sentences.splitting import split_sentences
from pipeline.vocabulary import learning
from pipeline.vocabulary.eojeol_counts import CountEojeols
from pipeline.vocabulary.learning import Vocabulary
from pipeline.vocabulary.segmenters import SegmentWords
from pipeline.vocabulary.soynlp_segmenter import WordSegmentation


@dataclass(frozen=True)
class Task:
    """A job to run: its options and its input.

    Attributes:
        options: the job's options.
        inputs: the input files.
        identity: the parts of dataset.json that make two data sets the same.
        pretrained: the vocabulary to use, or None to learn one.
    """

    options: JobOptions
    inputs: Inputs
    identity: Mapping[str, object]
    pretrained: Vocabulary | None


def build(pipeline: beam.Pipeline, task: Task, folder: str) -> None:
    """Build the stages of the job.

    Args:
        pipeline: an empty pipeline.
        task: what to do.
        folder: where to write.
    """
    options = task.options
    read, unreadable = (
        pipeline
        | "InputFiles" >> beam.Create(task.inputs.files)
        | "ReshuffleFiles" >> beam.Reshuffle()
        | "ReadWorks" >> ReadWorks(options.test_works, options.drop_hanja)
    )
    works, duplicates = read | "RemoveDuplicates" >> RemoveDuplicates()
    skipped = pipeline | "SkippedFiles" >> beam.Create(task.inputs.skipped)
    rejected = (unreadable, duplicates, skipped) | "MergeRejections" >> beam.Flatten()
    reasons = rejected | "CountRejections" >> CountRejections()
    # Side inputs: small, and the same for every worker.
    split_of = AsSingleton(works | "AssignSplits" >> _AssignSplits(options, AsDict(reasons)))
    sentences = works | "SplitSentences" >> _SplitSentences()
    if task.pretrained is None:
        vocabulary = sentences | "LearnVocabulary" >> _LearnVocabulary(options, split_of)
    else:
        vocabulary = pipeline | "PretrainedVocabulary" >> beam.Create([task.pretrained])
    encoded = sentences | "EncodeWorks" >> _EncodeWorks(options, AsSingleton(vocabulary), split_of)
    _ = {
        "encoded": encoded,
        "vocabulary": vocabulary,
        "rejected": rejected,
    } | "WriteDataSet" >> _WriteDataSet(task, AsDict(reasons), folder)


class _AssignSplits(beam.PTransform):
    """Turns all works into one element: the split of each work, by file name."""

    def __init__(self, options: JobOptions, reasons: AsDict) -> None:
        super().__init__()
        self._options, self._reasons = options, reasons

    def expand(self, works: beam.PCollection) -> beam.PCollection:
        return (
            works
            | "WorkNames" >> beam.Map(lambda work: (work.file, work.named_for_test))
            | "CollectNames" >> beam.combiners.ToList()
            | "Assign" >> beam.Map(_assign, self._options, self._reasons)
        )


class _SplitSentences(beam.PTransform):
    """Turns works into chunks of sentences."""

    def expand(self, works: beam.PCollection) -> beam.PCollection:
        return (
            works
            | "CutIntoChunks" >> beam.FlatMap(_cut_chunks)
            | "ReshuffleChunks" >> beam.Reshuffle()
            | "Split" >> beam.Map(_split_sentences)
        )


class _LearnVocabulary(beam.PTransform):
    """Turns chunks of sentences into one `Vocabulary`, learned from the train split."""

    def __init__(self, options: JobOptions, split_of: AsSingleton) -> None:
        super().__init__()
        self._options, self._split_of = options, split_of

    def expand(self, sentences: beam.PCollection) -> beam.PCollection:
        eojeols = (
            sentences
            | "SelectTrainSentences" >> beam.FlatMap(_train_sentences, self._split_of)
            | "CountEojeols" >> CountEojeols()
        )
        words = eojeols | "SegmentWords" >> SegmentWords(self._options.segmenter)
        return eojeols | "LearnPieces" >> beam.Map(
            _learn, self._options.vocab_size, AsSingleton(words)
        )


class _EncodeWorks(beam.PTransform):
    """Turns chunks of sentences into works of token ids (`EncodedWork`)."""

    def __init__(self, options: JobOptions, vocabulary: AsSingleton, split_of: AsSingleton) -> None:
        super().__init__()
        self._options, self._vocabulary, self._split_of = options, vocabulary, split_of

    def expand(self, sentences: beam.PCollection) -> beam.PCollection:
        encode = passages.Encode(self._options.max_sentence_tokens)
        return (
            sentences
            | "EncodeChunks" >> beam.ParDo(encode, self._vocabulary, self._split_of)
            | "GroupByWork" >> beam.GroupByKey()
            | "JoinChunks" >> beam.Map(passages.join_chunks)
        )


class _WriteDataSet(beam.PTransform):
    """Writes the files of the data set, dataset.json last.

    Its input is a dictionary: the works as ``encoded``, the ``vocabulary``, and what is
    ``rejected``.
    """

    def __init__(self, task: Task, reasons: AsDict, folder: str) -> None:
        super().__init__()
        self._task, self._reasons, self._folder = task, reasons, folder

    def expand(self, inputs: Any) -> beam.PCollection:
        folder, options = self._folder, self._task.options
        encoded, vocabulary = inputs["encoded"], inputs["vocabulary"]
        facts = encoded | "WorkFacts" >> beam.Map(
            lambda work: work.facts(options.passage_sentences)
        )
        counted = encoded | "Statistics" >> beam.CombineGlobally(statistics.Combine())
        described = vocabulary | "BuildManifest" >> beam.Map(
            manifest.build,
            self._task.identity,
            AsList(facts),
            AsSingleton(counted),
            self._reasons,
        )
        records = encoded | "WriteRecords" >> _WriteRecords(options, folder)
        tokenizer = vocabulary | "WriteTokenizer" >> beam.Map(
            lambda learned: storage.write(folder, TOKENIZER, [learned.model])
        )
        rejected = (
            inputs["rejected"]
            | "CollectRejections" >> beam.combiners.ToList()
            | "WriteRejections"
            >> beam.Map(lambda found: storage.write(folder, REJECTED, [rejections.dump(found)]))
        )
        report = described | "WriteReport" >> beam.Map(
            lambda made, *parts: storage.write(folder, REPORT, [page.render(made, *parts)]),
            AsSingleton(vocabulary),
            AsSingleton(counted),
            self._reasons,
        )
        files = (records, tokenizer, rejected, report) | "MergeFileFacts" >> beam.Flatten()
        return described | "WriteManifest" >> beam.Map(
            lambda made, files: storage.write(folder, MANIFEST, [manifest.dump(made, files)]),
            AsDict(files),
        )


class _WriteRecords(beam.PTransform):
    """Writes works as TFRecord files of passages; yields each file's name, size and checksum."""

    def __init__(self, options: JobOptions, folder: str) -> None:
        super().__init__()
        self._options, self._folder = options, folder

    def expand(self, encoded: beam.PCollection) -> beam.PCollection:
        shards = Shards(self._options.shards, self._options.seed)
        # The train split has all its files, even those that no passage of a small corpus goes to.
        train_files = encoded.pipeline | "TrainFiles" >> beam.Create(
            [(name, None) for name in shards.names(splits.TRAIN)]
        )
        cut = encoded | "CutIntoPassages" >> beam.ParDo(
            passages.CutPassages(self._options.passage_sentences, shards)
        )
        return (
            (cut, train_files)
            | "AddEmptyFiles" >> beam.Flatten()
            | "GroupByFile" >> beam.GroupByKey()
            | "WriteFiles" >> beam.ParDo(passages.WriteRecords(self._folder))
        )


def _assign(
    works: Sequence[tuple[str, bool]],
    options: JobOptions,
    reasons: Mapping[str, RejectionCount],
) -> dict[str, str]:
    if not works:
        examples = [it for reason in reasons.values() for it in reason.examples]
        first = sorted(examples, key=lambda it: it.file)[:3]
        shown = "; ".join(map(str, first))
        rejected = sum(reason.count for reason in reasons.values())
        more = f"; and {rejected - 3} more" if rejected > 3 else ""
        raise JobError(f"none of the input files is a readable novel ({shown}{more})")
    count("works", len(works))
    return splits.assign(
        dict(works),
        options.seed,
        options.validation_fraction,
        options.test_fraction,
        only_named=bool(options.test_works),
    )


def _cut_chunks(work: Work) -> Iterator[Chunk]:
    for chunk in chunks.cut(work):
        count(progress.ALL, sum(map(len, chunk.lines)))
        yield chunk


def _split_sentences(chunk: Chunk) -> Chunk:
    sentences = tuple(split_sentences(chunk.lines))
    count(progress.SPLIT, sum(map(len, chunk.lines)))
    count(progress.SENTENCES, len(sentences))
    return replace(chunk, lines=sentences)


def _train_sentences(chunk: Chunk, split_of: Mapping[str, str]) -> Iterator[str]:
    if split_of[chunk.file] == splits.TRAIN:
        yield from chunk.lines


def _learn(eojeols: Counter[str], size: int, words: WordSegmentation) -> Vocabulary:
    learned = learning.learn(eojeols, size, words)
    count("pieces learned", learned.size)
    return learned
