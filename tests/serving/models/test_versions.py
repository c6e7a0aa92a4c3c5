"""Versions are loaded and unloaded while calls run; a broken one changes nothing."""

import shutil
import threading
from pathlib import Path

import grpc
import pytest
from tensorflow_serving.apis import predict_pb2, prediction_log_pb2

from serving.errors import ServingError
from serving.models.loading import make_loader
from serving.models.manager import ModelManager


@pytest.fixture
def warmup_record():
    """Build a serialised PredictionLog of a request with one story."""
    import tensorflow as tf

    def build(signature: str, story: str) -> bytes:
        request = predict_pb2.PredictRequest()
        request.model_spec.signature_name = signature
        request.inputs["story"].CopyFrom(tf.make_tensor_proto([story]))
        log = prediction_log_pb2.PredictionLog()
        log.predict_log.request.CopyFrom(request)
        return log.SerializeToString()

    return build


def test_new_version_takes_over_without_a_failed_call(
    serving, config_of, base_path, add_version, eventually
):
    with serving(config_of(("soseol", base_path, ""))) as (client, _):
        answered, failures, done = [], [], threading.Event()

        def write() -> None:
            while not done.is_set():
                try:
                    answered.append(client.predict(story=["가"]).model_spec.version.value)
                except grpc.RpcError as error:
                    failures.append(error)

        writers = [threading.Thread(target=write) for _ in range(2)]
        for writer in writers:
            writer.start()
        eventually(lambda: len(answered) > 5)
        add_version(base_path, 2)
        eventually(lambda: client.states() == {1: "END", 2: "AVAILABLE"})
        count = len(answered)
        eventually(lambda: len(answered) > count + 5)
        done.set()
        for writer in writers:
            writer.join()
        assert failures == []
        assert answered[0] == 1
        assert answered[-1] == 2
        assert sorted(set(answered)) == [1, 2]


def test_a_version_that_is_being_loaded_is_unavailable(config_of, base_path, add_version):
    """Clients retry after UNAVAILABLE, but not after NOT_FOUND."""
    load, begun, go_on = make_loader(None, warmup=False), threading.Event(), threading.Event()

    def slow_loader(name: str, version: int, folder: Path):
        if version == 2:
            begun.set()
            assert go_on.wait(20)
        return load(name, version, folder)

    manager = ModelManager(slow_loader)
    manager.apply(config_of(("soseol", base_path, "")))
    add_version(base_path, 2)
    poll = threading.Thread(target=manager.poll)
    poll.start()
    assert begun.wait(20)
    spec = _spec()
    spec.version.value = 2
    with pytest.raises(ServingError, match="being loaded") as caught, manager.servable_handle(spec):
        pass
    assert caught.value.code == grpc.StatusCode.UNAVAILABLE
    with manager.servable_handle(_spec()) as servable:
        assert servable.version == 1
    go_on.set()
    poll.join()
    with manager.servable_handle(spec) as servable:
        assert servable.version == 2
    manager.apply(config_of())


def test_removed_version_rolls_back(serving, config_of, base_path, add_version, eventually):
    add_version(base_path, 2)
    with serving(config_of(("soseol", base_path, ""))) as (client, _):
        assert client.states() == {2: "AVAILABLE"}
        shutil.rmtree(base_path / "2")
        eventually(lambda: client.states() == {1: "AVAILABLE", 2: "END"})
        assert client.predict(story=["가"]).model_spec.version.value == 1


def test_running_call_finishes_on_the_version_it_started_on(
    serving, config_of, base_path, add_version, eventually
):
    with serving(config_of(("soseol", base_path, ""))) as (client, _):
        call = client.slow(client.steps(4))
        add_version(base_path, 2)
        eventually(lambda: client.states() == {1: "UNLOADING", 2: "AVAILABLE"})
        assert call.result().model_spec.version.value == 1
        eventually(lambda: client.states() == {1: "END", 2: "AVAILABLE"})


def test_unfinished_folders_are_not_versions(serving, config_of, base_path, saved_model):
    shutil.copytree(saved_model, base_path / ".tmp-2")
    (base_path / "notes").mkdir()
    (base_path / "3").write_text("a file")
    with serving(config_of(("soseol", base_path, ""))) as (client, manager):
        manager.poll()
        assert client.states() == {1: "AVAILABLE"}


@pytest.mark.parametrize("damage", ["empty", "truncated", "no variables", "noise"])
def test_broken_version_is_reported_and_the_old_one_keeps_serving(
    serving, config_of, base_path, caplog, damage
):
    with serving(config_of(("soseol", base_path, ""))) as (client, manager):
        broken = base_path / "2"
        beside = shutil.copytree(base_path / "1", base_path / ".tmp-2")
        _damage(beside, damage)
        beside.rename(broken)
        for _ in range(3):
            manager.poll()
        assert client.states() == {1: "AVAILABLE", 2: "END"}
        (status,) = [s for s in manager.statuses(_spec()) if s.version == 2]
        assert str(broken) in str(status.error)
        assert client.predict(story=["가"]).model_spec.version.value == 1
        reports = [r.message for r in caplog.records if "version 2 not loaded" in r.message]
        assert len(reports) == 1, "tried once, told once"
        shutil.copytree(base_path / "1", broken, dirs_exist_ok=True)
        manager.poll()
        assert client.states() == {1: "END", 2: "AVAILABLE"}, "repaired in place"


def _damage(folder: Path, kind: str) -> None:
    graph = folder / "saved_model.pb"
    match kind:
        case "empty":
            graph.unlink()
        case "truncated":
            graph.write_bytes(graph.read_bytes()[:2000])
        case "no variables":
            shutil.rmtree(folder / "variables")
        case "noise":
            graph.write_bytes(b"\xff" * 100)


def test_loaded_versions_survive_a_missing_base_path(serving, config_of, base_path, caplog):
    with serving(config_of(("soseol", base_path, "")), poll=60) as (client, manager):
        base_path.rename(base_path.with_name("elsewhere"))
        manager.poll()
        manager.poll()
        assert client.predict(story=["가"]).model_spec.version.value == 1
        assert sum("No such file" in record.message for record in caplog.records) == 1


def test_warmup_runs_before_a_version_serves(
    serving, config_of, base_path, add_version, warmup_record
):
    add_version(base_path, 2, [warmup_record("suggest", "가"), warmup_record("", "나")])
    with serving(config_of(("soseol", base_path, ""))) as (client, _):
        assert client.states() == {2: "AVAILABLE"}


@pytest.mark.parametrize("kind", ["refused", "no signature", "noise", "classify", "not TFRecord"])
def test_failing_warmup_record_stops_the_version(base_path, add_version, warmup_record, kind):
    classify = prediction_log_pb2.PredictionLog()
    classify.classify_log.request.model_spec.name = "soseol"
    records = {
        "refused": [warmup_record("suggest", "가"), warmup_record("suggest", "")],
        "no signature": [warmup_record("suggest", "가"), warmup_record("sugest", "가")],
        "noise": [warmup_record("suggest", "가"), b"\xff\xff"],
        "classify": [warmup_record("suggest", "가"), classify.SerializeToString()],
        "not TFRecord": [],
    }
    folder = add_version(base_path, 2, records[kind])
    file = folder / "assets.extra" / "tf_serving_warmup_requests"
    if kind == "not TFRecord":
        file.write_bytes(b"hello, this is text and not records")
    with pytest.raises(ServingError) as caught:
        make_loader(None, warmup=True)("soseol", 2, folder)
    assert str(file) in caught.value.message
    assert "record 2" in caught.value.message or kind == "not TFRecord"
    servable = make_loader(None, warmup=False)("soseol", 2, folder)
    servable.unload(lambda: None)


@pytest.mark.parametrize(
    ("policy", "versions"),
    [
        ("", [3]),
        ("latest {}", [3]),
        ("latest { num_versions: 2 }", [2, 3]),
        ("all {}", [1, 2, 3]),
        ("specific { versions: 1 versions: 3 }", [1, 3]),
        ("specific { versions: 2 versions: 9 }", [2]),
    ],
)
def test_policies(config_of, base_path, add_version, policy, versions):
    add_version(base_path, 2)
    add_version(base_path, 3)
    manager = ModelManager(make_loader(None, warmup=False))
    more = f"model_version_policy {{ {policy} }}" if policy else ""
    manager.apply(config_of(("soseol", base_path, more)))
    assert manager.available() == {"soseol": versions}
    manager.apply(config_of())
    assert manager.available() == {}


def _spec():
    request = predict_pb2.PredictRequest()
    request.model_spec.name = "soseol"
    return request.model_spec
