"""The steps of the job as an Apache Beam pipeline."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import apache_beam as beam
from apache_beam.pvalue import AsDict, AsList, AsSingleton

from pipeline import manifest, passages, rejections, splits, vocabulary
from pipeline.counts import CountEojeols
from pipeline.duplicates import DropDuplicates
from pipeline.errors import JobError
from pipeline.inputs import Inputs
from pipeline.options import JobOptions
from pipeline.progress import count
from pipeline.records import MANIFEST, REJECTED, TOKENIZER
from pipeline.rejections import Rejection
from pipeline.sentences import split_sentences
from pipeline.vocabulary import Vocabulary
from pipeline.works import ReadWorks, Work


def build(
    pipeline: beam.Pipeline,
    options: JobOptions,
    found: Inputs,
    identity: Mapping[str, object],
    folder: str,
) -> None:
    """Builds the steps of the job, from files to dataset.json.

    Args:
        pipeline: an empty pipeline.
        options: the job's options.
        found: the input.
        identity: format version, input, options and normalisation, for dataset.json.
        folder: where to write.
    """
    read, unread = (
        pipeline
        | "InputFiles" >> beam.Create(found.files)
        | "SpreadFiles" >> beam.Reshuffle()
        | "ReadWorks" >> ReadWorks(options.test_works)
    )
    works, dropped = read | "DropDuplicates" >> DropDuplicates()
    others = pipeline | "OtherFiles" >> beam.Create(found.others)
    refused = (unread, dropped, others) | "Refused" >> beam.Flatten()
    # Side inputs: small, and the same for every worker.
    split_of = AsSingleton(
        works
        | "WorkIds" >> beam.Map(lambda work: (work.id, work.chosen))
        | "AllWorkIds" >> beam.combiners.ToList()
        | "AssignSplits" >> beam.Map(_assign, options, AsList(refused))
    )
    sentences = (
        works | "SpreadWorks" >> beam.Reshuffle() | "SplitSentences" >> beam.Map(_split_sentences)
    )
    learned = (
        sentences
        | "TrainSentences" >> beam.FlatMap(_train_sentences, split_of)
        | "CountEojeols" >> beam.CombineGlobally(CountEojeols())
        | "LearnVocabulary" >> beam.Map(_learn, options.vocab_size)
    )
    encoded = sentences | "Encode" >> beam.ParDo(
        passages.Encode(options.max_sentence_tokens), AsSingleton(learned), split_of
    )
    _write(encoded, learned, refused, options, identity, folder)


def _write(
    encoded: beam.PCollection,
    learned: beam.PCollection,
    refused: beam.PCollection,
    options: JobOptions,
    identity: Mapping[str, object],
    folder: str,
) -> None:
    """Builds the steps that write: records, tokenizer.model, rejected.jsonl, dataset.json."""
    facts = encoded | "Facts" >> beam.Map(lambda work: work.facts(options.passage_sentences))
    layout = AsSingleton(
        facts
        | "AllFacts" >> beam.combiners.ToList()
        | "LayOutShards" >> beam.Map(passages.Layout.plan, options.shards)
    )
    cut = passages.CutPassages(options.passage_sentences, options.seed)
    records = (
        encoded
        | "CutPassages" >> beam.ParDo(cut, layout)
        | "GroupByFile" >> beam.GroupByKey()
        | "WriteRecords" >> beam.ParDo(passages.WriteRecords(folder))
    )
    tokenizer = learned | "WriteTokenizer" >> beam.Map(
        lambda vocabulary: passages.write(folder, TOKENIZER, vocabulary.model)
    )
    rejected = (
        refused
        | "AllRefused" >> beam.combiners.ToList()
        | "WriteRejected"
        >> beam.Map(lambda lines: passages.write(folder, REJECTED, rejections.dump(lines)))
    )
    files = (records, tokenizer, rejected) | "Files" >> beam.Flatten()
    _ = (
        learned
        | "BuildManifest"
        >> beam.Map(
            lambda vocabulary, *parts: manifest.build(identity, vocabulary.size, *parts),
            AsList(facts),
            AsDict(files),
            AsList(refused),
        )
        | "WriteManifest"
        >> beam.Map(lambda content: passages.write(folder, MANIFEST, manifest.dump(content)))
    )


def _assign(
    works: Sequence[tuple[str, bool]], options: JobOptions, refused: Sequence[Rejection]
) -> dict[str, str]:
    if not works:
        first = sorted(refused, key=lambda it: it.file)[:3]
        shown = "; ".join(f"{it.file}: {it.reason}" for it in first)
        more = f"; and {len(refused) - 3} more" if len(refused) > 3 else ""
        raise JobError(f"none of the files is a readable novel ({shown}{more})")
    return splits.assign(
        dict(works),
        options.seed,
        options.validation_fraction,
        options.test_fraction,
        choose_test=bool(options.test_works),
    )


def _split_sentences(work: Work) -> Work:
    sentences = tuple(split_sentences(work.lines))
    count("works split")
    count("sentences", len(sentences))
    return replace(work, lines=sentences)


def _train_sentences(work: Work, split_of: Mapping[str, str]) -> Iterator[str]:
    if split_of[work.id] == splits.TRAIN:
        yield from work.lines


def _learn(eojeols: Counter[str], size: int) -> Vocabulary:
    learned = vocabulary.learn(eojeols, size)
    count("pieces learned", learned.size)
    return learned
