"""TLS, client certificates, and invalid ``SSLConfig`` files."""

import datetime
from types import SimpleNamespace

import grpc
import pytest

from serving.config.ssl_config import server_credentials
from serving.errors import ServingError

x509 = pytest.importorskip("cryptography.x509", reason="needs cryptography for certificates")
from cryptography.hazmat.primitives import hashes, serialization  # noqa: E402
from cryptography.hazmat.primitives.asymmetric import ec  # noqa: E402


def _pem() -> SimpleNamespace:
    """Return a key and a self-signed certificate for localhost."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public = certificate.public_bytes(serialization.Encoding.PEM)
    return SimpleNamespace(key=private, certificate=public)


@pytest.fixture(scope="module")
def pem():
    return _pem()


@pytest.fixture(scope="module")
def stranger():
    """A key and certificate of another authority."""
    return _pem()


@pytest.fixture
def config(config_of, base_path):
    return config_of(("soseol", base_path, ""))


@pytest.fixture
def ssl_config(tmp_path):
    """Write an SSLConfig in text format; return its path."""

    def write(**fields) -> str:
        lines = []
        for name, value in fields.items():
            quoted = value.decode().replace("\n", "\\n") if isinstance(value, bytes) else value
            lines.append(f'{name}: "{quoted}"' if isinstance(value, bytes) else f"{name}: {value}")
        file = tmp_path / "ssl.config"
        file.write_text("\n".join(lines))
        return str(file)

    return write


def _channel(pem, own=None):
    """Trust ``pem``; present the certificate of ``own``."""

    def connect(port: int) -> grpc.Channel:
        shown = {"private_key": own.key, "certificate_chain": own.certificate} if own else {}
        credentials = grpc.ssl_channel_credentials(root_certificates=pem.certificate, **shown)
        return grpc.secure_channel(f"localhost:{port}", credentials)

    return connect


def test_tls(serving, config, pem, ssl_config, refusal):
    credentials = server_credentials(ssl_config(server_key=pem.key, server_cert=pem.certificate))
    with serving(config, credentials=credentials, channel=_channel(pem)) as (client, _):
        assert client.predict(story=["가"], timeout=20).outputs
    with serving(config, credentials=credentials) as (plain, _):
        assert refusal(plain.predict, story=["가"], timeout=20).code == grpc.StatusCode.UNAVAILABLE


def test_client_certificates(serving, config, pem, stranger, ssl_config, refusal):
    credentials = server_credentials(
        ssl_config(
            server_key=pem.key,
            server_cert=pem.certificate,
            custom_ca=pem.certificate,
            client_verify="true",
        )
    )
    with serving(config, credentials=credentials, channel=_channel(pem, pem)) as (client, _):
        assert client.predict(story=["가"], timeout=20).outputs
    for own in (None, stranger):
        channel = _channel(pem, own)
        with serving(config, credentials=credentials, channel=channel) as (client, _):
            answer = refusal(client.predict, story=["가"], timeout=20)
            assert answer.code == grpc.StatusCode.UNAVAILABLE


def test_a_server_of_another_authority_is_not_trusted(
    serving, config, pem, stranger, ssl_config, refusal
):
    credentials = server_credentials(ssl_config(server_key=pem.key, server_cert=pem.certificate))
    with serving(config, credentials=credentials, channel=_channel(stranger)) as (client, _):
        answer = refusal(client.predict, story=["가"], timeout=20)
        assert answer.code == grpc.StatusCode.UNAVAILABLE


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "server_key is missing"),
        ({"server_key": b"-----BEGIN X"}, "server_cert is missing"),
        ({"server_key": b"server.key", "server_cert": b"server.crt"}, "not a file name"),
        (
            {
                "server_key": b"-----BEGIN X",
                "server_cert": b"-----BEGIN X",
                "client_verify": "true",
            },
            "custom_ca is missing",
        ),
        ({"server_password": b"x"}, "server_password"),
    ],
)
def test_incomplete_files(ssl_config, fields, words):
    path = ssl_config(**fields)
    with pytest.raises(ServingError) as caught:
        server_credentials(path)
    assert path in caught.value.message
    assert words in caught.value.message


def test_invalid_key(serving, config, ssl_config):
    """It looks like PEM, so it fails only when the port is opened."""
    noise = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    credentials = server_credentials(ssl_config(server_key=noise, server_cert=noise))
    with (
        pytest.raises(ServingError, match="key and certificate"),
        serving(config, credentials=credentials),
    ):
        pass
