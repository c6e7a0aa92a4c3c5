"""Encrypted connections, and certificates on both sides."""

import datetime
from types import SimpleNamespace

import grpc
import pytest

from client.errors import PredictionError
from client.remote.credentials import Credentials, read_credentials
from tests.client.conftest import ModelServer

x509 = pytest.importorskip("cryptography.x509", reason="needs cryptography for certificates")
from cryptography.hazmat.primitives import hashes, serialization  # noqa: E402
from cryptography.hazmat.primitives.asymmetric import ec  # noqa: E402


def certificate(name, issuer=None):
    """A key, and a certificate for it that ``issuer`` signed, or it itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.name if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(issuer is None, None), critical=True)
        .sign(issuer.key if issuer else key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public = signed.public_bytes(serialization.Encoding.PEM)
    return SimpleNamespace(key=key, name=subject, private=private, public=public)


@pytest.fixture(scope="module")
def authority():
    return certificate("authority")


@pytest.fixture(scope="module")
def certified(authority):
    return certificate("localhost", authority)


@pytest.fixture
def tls_server(authority, certified):
    """Start a server that shows its certificate, and may want one."""
    servers = []

    def start(mutual):
        credentials = grpc.ssl_server_credentials(
            [(certified.private, certified.public)],
            root_certificates=authority.public if mutual else None,
            require_client_auth=mutual,
        )
        servers.append(ModelServer(credentials=credentials))
        return servers[-1]

    yield start
    for server in servers:
        server.kill()


def test_tls(tls_server, authority, connect, tmp_path):
    server = tls_server(mutual=False)
    ca = tmp_path / "ca.pem"
    ca.write_bytes(authority.public)
    access = read_credentials([server.address], True, str(ca), None, None, None)
    assert connect(server.address, credentials=access).check() == []
    for wrong in (Credentials(tls=True), Credentials(tls=True, ca=certificate("other").public)):
        with pytest.raises(PredictionError, match="tls_failed"):
            connect(server.address, credentials=wrong, timeout=2).check()
    with pytest.raises(PredictionError, match=r"server_absent|tls_failed"):
        connect(server.address, timeout=2).check()


def test_mutual_tls(tls_server, authority, connect, tmp_path):
    server = tls_server(mutual=True)
    mine = certificate("writer", authority)
    names = {"ca": authority.public, "cert": mine.public, "key": mine.private}
    for name, data in names.items():
        (tmp_path / name).write_bytes(data)
    files = [str(tmp_path / name) for name in names]
    access = read_credentials([server.address], True, *files, None)
    assert connect(server.address, credentials=access).check() == []
    with pytest.raises(PredictionError):
        connect(server.address, credentials=Credentials(True, authority.public), timeout=2).check()


def test_files_that_are_no_certificates(tmp_path):
    file = tmp_path / "ca.pem"
    with pytest.raises(PredictionError, match="access_unreadable"):
        read_credentials(["localhost:1"], True, str(file), None, None, None)
    file.write_text("hello")
    with pytest.raises(PredictionError, match="pem_bad"):
        read_credentials(["localhost:1"], True, str(file), None, None, None)
