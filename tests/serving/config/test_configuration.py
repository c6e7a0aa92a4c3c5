"""Several models, version labels, and configuration changes while serving."""

import time

import grpc
import pytest
from google.protobuf import text_format

from serving.config import model_config
from serving.config.model_config_reloader import ModelConfigReloader
from serving.errors import ServingError

Code = grpc.StatusCode
ONE = "model_version_policy { specific { versions: 1 } }"
BOTH = "model_version_policy { specific { versions: 1 versions: 2 } }"
STABLE_1 = 'version_labels { key: "stable" value: 1 }'
STABLE_2 = 'version_labels { key: "stable" value: 2 }'
CANARY_2 = 'version_labels { key: "canary" value: 2 }'


def _version(client, label: str) -> int:
    return client.predict(label=label, story=["가"]).model_spec.version.value


def test_canary_promotion_and_rollback(serving, config_of, base_path, add_version, refusal):
    """The rollout of docs/serving.md, step by step, on one running server."""

    def reload(more: str) -> None:
        client.reload(config_of(("soseol", base_path, more)))

    with serving(config_of(("soseol", base_path, ONE))) as (client, _):
        reload(ONE + STABLE_1)
        assert _version(client, "stable") == 1
        add_version(base_path, 2)
        answer = refusal(reload, BOTH + STABLE_1 + CANARY_2)
        assert answer.code == Code.FAILED_PRECONDITION
        assert "version 2 of model soseol" in answer.text
        assert _version(client, "stable") == 1
        reload(BOTH + STABLE_1)
        reload(BOTH + STABLE_1 + CANARY_2)
        assert (_version(client, "stable"), _version(client, "canary")) == (1, 2)
        reload(BOTH + STABLE_2)
        assert _version(client, "stable") == 2
        assert refusal(_version, client, "canary").code == Code.INVALID_ARGUMENT
        reload(BOTH + STABLE_1)
        assert _version(client, "stable") == 1
        assert client.states() == {1: "AVAILABLE", 2: "AVAILABLE"}


def test_labels_at_start_need_the_flag(serving, config_of, base_path, add_version, refusal):
    config = config_of(("soseol", base_path, STABLE_1))
    with pytest.raises(ServingError, match="allow_version_labels") as caught, serving(config):
        pass
    assert caught.value.code == Code.FAILED_PRECONDITION
    with serving(config, labels=True) as (client, _):
        assert _version(client, "stable") == 1
        # Even with the flag, a label in use moves only to a loaded version: calls follow at once.
        answer = refusal(client.reload, config_of(("soseol", base_path, STABLE_2)))
        assert answer.code == Code.FAILED_PRECONDITION
        client.reload(config_of(("soseol", base_path, STABLE_1 + CANARY_2)))
        assert refusal(_version, client, "canary").code == Code.NOT_FOUND


def test_models_are_added_and_removed(serving, config_of, base_path, add_version, refusal):
    other = base_path.with_name("other")
    other.mkdir()
    add_version(other, 5)
    soseol, novella = ("soseol", base_path, ""), ("novella", other, "")
    with serving(config_of(soseol)) as (client, manager):
        client.reload(config_of(soseol, novella))
        assert manager.available() == {"soseol": [1], "novella": [5]}
        assert client.predict(model="novella", story=["가"]).model_spec.name == "novella"
        client.reload(config_of(novella))
        assert refusal(client.predict, story=["가"]).code == Code.NOT_FOUND
        assert refusal(client.states).code == Code.NOT_FOUND
        client.reload(config_of(("novella", base_path, "")))
        assert client.states("novella") == {1: "AVAILABLE"}


def test_refused_configuration_changes_nothing(serving, config_of, base_path, refusal):
    soseol = ("soseol", base_path, "")
    with serving(config_of(soseol)) as (client, manager):
        missing = ("novella", base_path / "missing", "")
        started = time.monotonic()
        answer = refusal(client.reload, config_of(missing))
        assert answer.code == Code.NOT_FOUND
        assert str(base_path / "missing") in answer.text
        assert time.monotonic() - started < 5, "answered at once, where upstream waits indefinitely"
        assert refusal(client.reload, config_of(soseol, soseol)).code == Code.INVALID_ARGUMENT
        relative = config_of(("soseol", "models", ""))
        assert refusal(client.reload, relative).code == Code.INVALID_ARGUMENT
        broken = base_path.with_name("broken")
        (broken / "1").mkdir(parents=True)
        (broken / "1" / "saved_model.pb").write_bytes(b"no")
        answer = refusal(client.reload, config_of(soseol, ("novella", broken, "")))
        assert answer.code == Code.INVALID_ARGUMENT
        assert str(broken / "1") in answer.text
        assert manager.available() == {"soseol": [1]}
        assert client.predict(story=["가"]).outputs


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("model_config_list {", "1:"),
        ("models {}", "models"),
        ("", "model_config_list"),
        ("model_config_list {}", "model_config_list is empty"),
        ('model_config_list { config { base_path: "/m" model_platform: "tensorflow" } }', "name"),
        (
            'model_config_list { config { name: "a" base_path: "models" } }',
            "absolute base_path",
        ),
        ('model_config_list { config { name: "a" base_path: "/m" } }', "model_platform"),
        ("custom_model_config {}", "model_config_list"),
    ],
)
def test_wrong_configuration_files(tmp_path, text, words):
    file = tmp_path / "models.config"
    file.write_text(text)
    with pytest.raises(ServingError) as caught:
        model_config.read(str(file))
    assert str(file) in caught.value.message
    assert words in caught.value.message


def test_unreadable_configuration_files(tmp_path):
    for path in [tmp_path, tmp_path / "missing.config"]:
        with pytest.raises(ServingError, match=str(path)):
            model_config.read(str(path))
    (tmp_path / "latin1.config").write_bytes("# 소설".encode("euc-kr"))
    with pytest.raises(ServingError, match="UTF-8"):
        model_config.read(str(tmp_path / "latin1.config"))


def test_changed_file_is_applied_and_a_broken_one_waits(config_of, tmp_path, caplog):
    applied = []
    file = tmp_path / "models.config"
    first, second = config_of(("a", "/a", "")), config_of(("b", "/b", ""))
    file.write_text(text_format.MessageToString(first))
    follower = ModelConfigReloader(str(file), first, applied.append)
    follower.poll()
    assert applied == []
    file.write_text("model_config_list {")
    follower.poll()
    follower.poll()
    assert len([r for r in caplog.records if str(file) in r.message]) == 1
    file.write_text(text_format.MessageToString(second))
    follower.poll()
    follower.poll()
    assert applied == [second]
