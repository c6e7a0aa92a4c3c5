"""The manifests are valid by Kubernetes's schemas, and agree with each other and the image."""

import copy
import re

import kubernetes_validate
import pytest
import yaml

from serving.config import model_config
from tests.conftest import ROOT

FOLDER = ROOT / "serving" / "deploy"
KUSTOMIZATION = yaml.safe_load((FOLDER / "kustomization.yaml").read_text())
MANIFESTS = {
    path: yaml.safe_load((FOLDER / path).read_text()) for path in KUSTOMIZATION["resources"]
}
VERSIONS = ["1.30", "1.37"]  # versions of a cluster; kubernetes-validate ships the schemas
POD = {"app.kubernetes.io/name": "soseol-serving"}


def _one(kind: str) -> dict:
    (manifest,) = [manifest for manifest in MANIFESTS.values() if manifest["kind"] == kind]
    return manifest


@pytest.fixture
def pod() -> dict:
    return _one("Deployment")["spec"]["template"]["spec"]


@pytest.fixture
def container(pod) -> dict:
    (container,) = pod["containers"]
    return container


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("path", MANIFESTS)
def test_manifests_by_the_schema_of_their_kind(path, version):
    """Strictly: a misspelt field is an error too."""
    kubernetes_validate.validate(MANIFESTS[path], version, strict=True)


def test_the_schema_finds_mistakes():
    wrong = copy.deepcopy(_one("Deployment"))
    wrong["spec"]["template"]["spec"]["containers"][0]["readinessProb"] = {}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, VERSIONS[0], strict=True)


def test_every_manifest_is_in_the_kustomization():
    files = {f"kubernetes/{path.name}" for path in (FOLDER / "kubernetes").glob("*.yaml")}
    assert files - {"kubernetes/tls_patch.yaml"} == set(MANIFESTS)


def test_all_select_the_same_pods():
    deployment, service = _one("Deployment"), _one("Service")
    assert deployment["spec"]["template"]["metadata"]["labels"] == POD
    assert deployment["spec"]["selector"]["matchLabels"] == POD
    assert service["spec"]["selector"] == POD
    assert _one("PodDisruptionBudget")["spec"]["selector"]["matchLabels"] == POD
    assert _one("NetworkPolicy")["spec"]["podSelector"]["matchLabels"] == POD
    target = _one("HorizontalPodAutoscaler")["spec"]["scaleTargetRef"]
    assert (target["kind"], target["name"]) == ("Deployment", deployment["metadata"]["name"])
    assert "replicas" not in deployment["spec"], "it would fight the autoscaler"


def test_ports_are_those_of_the_image(container):
    text = (FOLDER / "Dockerfile").read_text()
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    assert f"--port={ports['grpc']}" in text
    assert f"--rest_api_port={ports['http']}" in text
    offered = {port["targetPort"] for port in _one("Service")["spec"]["ports"]}
    admitted = {rule["ports"][0]["port"] for rule in _one("NetworkPolicy")["spec"]["ingress"]}
    assert offered == admitted == set(ports)


def test_probes_ask_for_the_model_that_is_served(container):
    (model,) = model_config.read(str(FOLDER / "models.config")).model_config_list.config
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert container[probe]["httpGet"] == {"path": f"/v1/models/{model.name}", "port": "http"}
    mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
    assert mounts == {"models": model.base_path, "config": "/config"}


def test_annotations_name_the_metrics_path():
    annotations = _one("Deployment")["spec"]["template"]["metadata"]["annotations"]
    config = (FOLDER / "monitoring.config").read_text()
    assert f'path: "{annotations["prometheus.io/path"]}"' in config


def test_configuration_files_of_the_image_are_in_the_map(pod):
    (generator,) = KUSTOMIZATION["configMapGenerator"]
    (copied,) = re.findall(r"^COPY (.*) /config/$", (FOLDER / "Dockerfile").read_text(), re.M)
    assert set(generator["files"]) == set(copied.split())
    assert all((FOLDER / file).is_file() for file in generator["files"])
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    assert volumes["config"]["configMap"]["name"] == generator["name"]
    assert KUSTOMIZATION["generatorOptions"]["disableNameSuffixHash"]
    claim = volumes["models"]["persistentVolumeClaim"]["claimName"]
    assert claim == _one("PersistentVolumeClaim")["metadata"]["name"]


def test_one_gpu_a_pod_and_the_image_that_is_built(container):
    assert container["resources"]["limits"]["nvidia.com/gpu"] == 1
    assert container["resources"]["requests"]["nvidia.com/gpu"] == 1
    (image,) = KUSTOMIZATION["images"]
    assert image["name"] == container["image"]
    assert f"IMAGE=tensorflow/serving:{image['newTag']}-gpu" in (FOLDER / "Dockerfile").read_text()


def test_connections_end_before_the_pod_does(pod, container):
    (arguments,) = [arg for arg in container["args"] if arg.startswith("--grpc_channel_arguments")]
    settings = dict(pair.split("=") for pair in arguments.split("=", 1)[1].split(","))
    age = int(settings["grpc.max_connection_age_ms"]) * 1.1  # gRPC varies it by a tenth
    last = age + int(settings["grpc.max_connection_age_grace_ms"])
    assert last / 1000 < pod["terminationGracePeriodSeconds"]


def test_one_pod_may_always_go():
    scaler = _one("HorizontalPodAutoscaler")["spec"]
    assert scaler["minReplicas"] > _one("PodDisruptionBudget")["spec"]["maxUnavailable"]


def test_tls_patch():
    """RFC 6902, with "add" to the end of a list as its only operation."""
    patched = copy.deepcopy(_one("Deployment"))
    for step in yaml.safe_load((FOLDER / "kubernetes" / "tls_patch.yaml").read_text()):
        assert step["op"] == "add"
        *path, end = step["path"].strip("/").split("/")
        assert end == "-"
        place = patched
        for name in path:
            place = place[int(name) if name.isdigit() else name]
        place.append(step["value"])
    kubernetes_validate.validate(patched, VERSIONS[0], strict=True)
    spec = patched["spec"]["template"]["spec"]
    (mount,) = [m for m in spec["containers"][0]["volumeMounts"] if m["name"] == "tls"]
    assert f"--ssl_config_file={mount['mountPath']}/ssl.config" in spec["containers"][0]["args"]
    assert (
        spec["volumes"][-1]["secret"]["secretName"] in (FOLDER / "kustomization.yaml").read_text()
    )
