"""Bad scenarios, and platforms that are none: a clear error, an exit code, and no hang."""
import socket
import ssl
import subprocess
import threading

import pytest
from contract_server import ContractServer
from runs import FAILED, USAGE, run, scenario

from harness import free_port

SEATS = ["R1C1"]


@pytest.mark.parametrize("text, message", [
    ("phases: [", "is not YAML"),
    ("name: x\nphase: []\n", "scenario.yaml:2: phase: unknown key; did you mean phases?"),
    ("name: x\nphases: [{name: a, rate: fast, seconds: 1}]\n", 'phases[0].rate: must be a number from 0.01'),
    ("name: x\nphases: []\n", "a run has at least one phase"),
])
def test_a_bad_scenario(tmp_path, text, message):
    path = tmp_path / "scenario.yaml"
    path.write_text(text)
    result = run(tmp_path, "http://127.0.0.1:1", path=path, timeout=300)
    assert result.code == USAGE and message in result.stderr and result.report is None, result.text


def test_a_scenario_that_is_not_there(tmp_path):
    result = run(tmp_path, "http://127.0.0.1:1", path=tmp_path / "none.yaml", timeout=300)
    assert result.code == USAGE and "does not exist; stacks/load has some to begin with" in result.stderr


@pytest.mark.parametrize("url", ["127.0.0.1:80", "ftp://127.0.0.1", "http://", "http://a b", "http://user:pw@127.0.0.1"])
def test_a_url_that_is_none(tmp_path, url):
    result = run(tmp_path, url, timeout=300)
    assert result.code == USAGE and "is no URL like https://tickets.example.com" in result.stderr, result.text
    assert "pw" not in result.stderr.replace(url, "")


def test_nobody_listens(tmp_path):
    result = run(tmp_path, f"http://127.0.0.1:{free_port()}", timeout=300)
    assert result.code == FAILED and "nothing listens there" in result.stderr, result.text


def test_a_name_that_is_none(tmp_path):
    result = run(tmp_path, "http://tickets.invalid", timeout=300)
    assert result.code == FAILED and "tickets.invalid cannot be resolved" in result.stderr, result.text


@pytest.mark.parametrize("scheme, message", [
    ("http", "connected, but no answer within 1500 ms"), ("https", "TLS failed: no handshake within 1500 ms")])
def test_a_listener_that_never_answers(tmp_path, scheme, message):
    path = scenario(tmp_path, limits={"timeoutMilliseconds": 1500})
    with socket.create_server(("127.0.0.1", 0)) as listener:
        result = run(tmp_path, f"{scheme}://127.0.0.1:{listener.getsockname()[1]}", path=path, timeout=300)
    assert result.code == FAILED and message in result.stderr, result.text


def test_what_speaks_no_http(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        def greet():
            connection, _ = listener.accept()
            connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")
            connection.recv(1000)
            connection.close()
        threading.Thread(target=greet, daemon=True).start()
        result = run(tmp_path, f"http://127.0.0.1:{listener.getsockname()[1]}", timeout=300)
    assert result.code == FAILED and "no HTTP/1.1" in result.stderr, result.text


@pytest.mark.parametrize("fault, message", [("wrong-shape", "has no event, section, seatsAvailable, but \"<html>")])
def test_another_service_than_the_platform(tmp_path, fault, message):
    with ContractServer(SEATS, fault) as server:
        result = run(tmp_path, server.url, timeout=300)
    assert result.code == FAILED and message in result.stderr, result.text


def test_an_event_that_the_platform_does_not_have(tmp_path):
    with ContractServer(SEATS) as server:
        result = run(tmp_path, server.url + "/elsewhere", timeout=300)
    assert result.code == FAILED and "answered 404" in result.stderr, result.text


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-keyout", folder / "key.pem", "-out", folder / "certificate.pem", "-days", "2", "-subj",
                    "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
    return folder


def context(certificate) -> ssl.SSLContext:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate / "certificate.pem", certificate / "key.pem")
    return tls


def test_a_certificate_that_is_not_trusted(tmp_path, certificate):
    with ContractServer(SEATS, tls=context(certificate)) as server:
        result = run(tmp_path, server.url, timeout=300)
    assert result.code == FAILED and "TLS failed" in result.stderr and "--ca-file" in result.stderr, result.text


def test_a_certificate_whose_authority_is_named(tmp_path, certificate):
    reads = {"mix": {"reads": 1, "confirm": 0, "worker": 0}, "phases": [{"name": "short", "rate": 30, "seconds": 1}]}
    with ContractServer(SEATS, tls=context(certificate)) as server:
        result = run(tmp_path, server.url, "--ca-file", str(certificate / "certificate.pem"),
                     path=scenario(tmp_path, **reads), timeout=300)
    assert result.report["tally"]["succeeded"] == 30, result.text


def test_plain_http_where_tls_is_asked_for(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        def refuse():
            connection, _ = listener.accept()
            connection.recv(1000)
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            connection.close()
        threading.Thread(target=refuse, daemon=True).start()
        result = run(tmp_path, f"https://127.0.0.1:{listener.getsockname()[1]}", timeout=300)
    assert result.code == FAILED and "TLS failed" in result.stderr, result.text
