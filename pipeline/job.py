"""The steps of the job as an Apache Beam pipeline."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

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
from pipeline.report.reasons import CountReasons, Reason
from pipeline.sentences.splitting import split_sentences
from pipeline.vocabulary import learning
from pipeline.vocabulary.eojeol_counts import CountEojeols
from pipeline.vocabulary.learning import Vocabulary
from pipeline.vocabulary.segmenters import SegmentWords
from pipeline.vocabulary.soynlp_segmenter import WordSegmentation


@dataclass(frozen=True)
class Task:
    """What to do.

    Attributes:
        options: the job's options.
        found: the input.
        identity: format version, input, options and normalisation, for dataset.json.
        given: the vocabulary to use, instead of learning one.
    """

    options: JobOptions
    found: Inputs
    identity: Mapping[str, object]
    given: Vocabulary | None


def build(pipeline: beam.Pipeline, task: Task, folder: str) -> None:
    """Builds the steps of the job, from files to dataset.json.

    Args:
        pipeline: an empty pipeline.
        task: what to do.
        folder: where to write.
    """
    options = task.options
    works, refused = _read(pipeline, options, task.found)
    reasons = refused | "Reasons" >> CountReasons()
    # Side inputs: small, and the same for every worker.
    split_of = AsSingleton(
        works
        | "WorkNames" >> beam.Map(lambda work: (work.file, work.named_for_test))
        | "AllWorkNames" >> beam.combiners.ToList()
        | "AssignSplits" >> beam.Map(_assign, options, AsDict(reasons))
    )
    sentences = (
        works
        | "CutChunks" >> beam.FlatMap(_cut_chunks)
        | "SpreadChunks" >> beam.Reshuffle()
        | "SplitSentences" >> beam.Map(_split_sentences)
    )
    if task.given is None:
        learned = _learn_vocabulary(sentences, split_of, options)
    else:
        learned = pipeline | "GivenVocabulary" >> beam.Create([task.given])
    encoded = (
        sentences
        | "Encode"
        >> beam.ParDo(passages.Encode(options.max_sentence_tokens), AsSingleton(learned), split_of)
        | "GroupByWork" >> beam.GroupByKey()
        | "JoinChunks" >> beam.Map(passages.join)
    )
    _write(encoded, learned, refused, reasons, task, folder)


def _read(
    pipeline: beam.Pipeline, options: JobOptions, found: Inputs
) -> tuple[beam.PCollection, beam.PCollection]:
    """Builds the steps from files to works, each once, and what was refused."""
    read, unread = (
        pipeline
        | "InputFiles" >> beam.Create(found.files)
        | "SpreadFiles" >> beam.Reshuffle()
        | "ReadWorks" >> ReadWorks(options.test_works, options.drop_hanja)
    )
    works, dropped = read | "RemoveDuplicates" >> RemoveDuplicates()
    others = pipeline | "OtherFiles" >> beam.Create(found.others)
    return works, (unread, dropped, others) | "Refused" >> beam.Flatten()


def _learn_vocabulary(
    sentences: beam.PCollection, split_of: AsSingleton, options: JobOptions
) -> beam.PCollection:
    """Builds the steps from the sentences of the train split to a vocabulary."""
    eojeols = (
        sentences
        | "TrainSentences" >> beam.FlatMap(_train_sentences, split_of)
        | "CountEojeols" >> CountEojeols()
    )
    words = eojeols | "SegmentWords" >> SegmentWords(options.segmenter)
    return eojeols | "LearnVocabulary" >> beam.Map(_learn, options.vocab_size, AsSingleton(words))


def _write(
    encoded: beam.PCollection,
    learned: beam.PCollection,
    refused: beam.PCollection,
    reasons: beam.PCollection,
    task: Task,
    folder: str,
) -> None:
    """Builds the steps that write the files of the data set, dataset.json last."""
    options = task.options
    shards = Shards(options.shards, options.seed)
    # The train split has all its files, even those to which a small corpus sends no passage.
    all_files = learned.pipeline | "TrainFiles" >> beam.Create(
        [(name, None) for name in shards.names(splits.TRAIN)]
    )
    passage = encoded | "CutPassages" >> beam.ParDo(
        passages.CutPassages(options.passage_sentences, shards)
    )
    records = (
        (passage, all_files)
        | "WithEmptyFiles" >> beam.Flatten()
        | "GroupByFile" >> beam.GroupByKey()
        | "WriteRecords" >> beam.ParDo(passages.WriteRecords(folder))
    )
    tokenizer = learned | "WriteTokenizer" >> beam.Map(
        lambda vocabulary: storage.write(folder, TOKENIZER, [vocabulary.model])
    )
    rejected = (
        refused
        | "AllRefused" >> beam.combiners.ToList()
        | "WriteRejected"
        >> beam.Map(lambda lines: storage.write(folder, REJECTED, [rejections.dump(lines)]))
    )
    facts = encoded | "Facts" >> beam.Map(lambda work: work.facts(options.passage_sentences))
    counted = encoded | "Statistics" >> beam.CombineGlobally(statistics.Combine())
    summary = learned | "Summarize" >> beam.Map(
        manifest.build, task.identity, AsList(facts), AsSingleton(counted), AsDict(reasons)
    )
    report = summary | "WriteReport" >> beam.Map(
        lambda made, *parts: storage.write(folder, REPORT, [page.render(made, *parts)]),
        AsSingleton(learned),
        AsSingleton(counted),
        AsDict(reasons),
    )
    files = (records, tokenizer, rejected, report) | "Files" >> beam.Flatten()
    _ = summary | "WriteManifest" >> beam.Map(
        lambda made, files: storage.write(folder, MANIFEST, [manifest.dump(made, files)]),
        AsDict(files),
    )


def _assign(
    works: Sequence[tuple[str, bool]], options: JobOptions, reasons: Mapping[str, Reason]
) -> dict[str, str]:
    if not works:
        examples = [it for reason in reasons.values() for it in reason.examples]
        first = sorted(examples, key=lambda it: it.file)[:3]
        shown = "; ".join(map(str, first))
        refused = sum(reason.count for reason in reasons.values())
        more = f"; and {refused - 3} more" if refused > 3 else ""
        raise JobError(f"none of the files is a readable novel ({shown}{more})")
    count("works", len(works))
    return splits.assign(
        dict(works),
        options.seed,
        options.validation_fraction,
        options.test_fraction,
        choose_test=bool(options.test_works),
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
