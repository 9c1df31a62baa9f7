"""Files for TLS that cannot work are found at the start, with a line that says which (contract section 2)."""

import subprocess

import pytest

import harness
from helpers.world import variable

RUN = {"email.providers": "file", "rabbitmq.url": "amqps://broker.example/",
       "database.url": "postgres://db.example/notify?sslmode=verify-full"}


def config(settings, status=78, **environment):
    variables = {variable(key): str(value) for key, value in {**RUN, **settings}.items()}
    outcome = harness.notifyd("config", variables={**variables, **environment})
    assert outcome.status == status, f"{outcome}"
    return outcome.errors


def only_line(settings, **environment):
    [line] = config(settings, **environment).splitlines()
    return line


@pytest.fixture
def empty(folder):
    (folder / "empty.pem").write_text("")
    return folder / "empty.pem"


@pytest.fixture
def locked_key(certificates, folder):
    """Our key under a passphrase."""
    path = folder / "locked.key"
    subprocess.run(["openssl", "pkcs8", "-topk8", "-in", certificates.client[1], "-out", path, "-passout", "pass:x"],
                   check=True, capture_output=True)
    return path


def test_what_belongs_together_is_taken(certificates):
    certificate, key = certificates.client
    url = f"{RUN['database.url']}&sslrootcert={certificates.trusted}&sslcert={certificate}&sslkey={key}"
    assert config({"rabbitmq.tls.ca": certificates.trusted, "rabbitmq.tls.certificate": certificate,
                   "rabbitmq.tls.key": key, "database.url": url}, status=0) == ""


def test_a_key_that_belongs_to_another_certificate(certificates):
    line = only_line({"rabbitmq.tls.certificate": certificates.client[0], "rabbitmq.tls.key": certificates.right[1]})
    assert "rabbitmq.tls.key" in line and str(certificates.right[1]) in line and "is not the key" in line


def test_a_key_that_wants_a_passphrase_and_a_terminal_to_ask_on(certificates, locked_key):
    line = only_line({"rabbitmq.tls.certificate": certificates.client[0], "rabbitmq.tls.key": locked_key})
    assert str(locked_key) in line and "passphrase" in line


def test_a_key_where_the_certificate_should_be(certificates):
    certificate, key = certificates.client
    line = only_line({"rabbitmq.tls.certificate": key, "rabbitmq.tls.key": certificate})
    assert "rabbitmq.tls.certificate" in line and "no certificate" in line


@pytest.mark.parametrize("given, missing", [("certificate", "key"), ("key", "certificate")])
def test_one_of_the_two(certificates, given, missing):
    line = only_line({f"rabbitmq.tls.{given}": certificates.client[0 if given == "certificate" else 1]})
    assert f"rabbitmq.tls.{missing}: is required" in line


@pytest.mark.parametrize("key", ["rabbitmq.tls.ca", "smtp.tls.ca"])
def test_authorities_that_are_none(folder, empty, certificates, key):
    common = {"email.providers": "smtp", "email.from": "a@example.com"} if key == "smtp.tls.ca" else {}
    for path in (empty, certificates.client[1], "/etc/hostname"):
        line = only_line({**common, key: path})
        assert key in line and str(path) in line and "no certificate" in line
    line = only_line({**common, key: folder / "missing.pem"})
    assert key in line and "missing.pem" in line and "no such file" in line


def test_files_for_a_broker_that_is_spoken_to_in_plain_text_are_worth_a_word(certificates):
    settings = {**RUN, "rabbitmq.url": "amqp://127.0.0.1/", "rabbitmq.tls.ca": certificates.trusted}
    outcome = harness.notifyd("check", "--offline", variables={variable(key): str(settings[key]) for key in settings})
    assert "rabbitmq.tls has no effect: rabbitmq.url has no amqps://" in outcome.output, f"{outcome}"


def test_a_cluster_with_one_secured_node_may_have_them(certificates):
    assert config({"rabbitmq.url": "amqp://127.0.0.1/,amqps://broker.example/",
                   "rabbitmq.tls.ca": certificates.trusted}, status=0) == ""


@pytest.mark.parametrize("parameter, variable", [("sslrootcert", "PGSSLROOTCERT"), ("sslcert", "PGSSLCERT"),
                                                 ("sslkey", "PGSSLKEY")])
def test_the_files_of_the_database_url(certificates, parameter, variable):
    line = only_line({"database.url": f"{RUN['database.url']}&{parameter}=/nowhere/x.pem"})
    assert "database.url" in line and parameter in line and "/nowhere/x.pem" in line and "no such file" in line
    line = only_line({}, **{variable: "/nowhere/y.pem"})
    assert parameter in line and "/nowhere/y.pem" in line
    if parameter != "sslkey":
        line = only_line({"database.url": f"{RUN['database.url']}&{parameter}={certificates.client[1]}"})
        assert parameter in line and "no certificate" in line


def test_the_systems_authorities_are_no_file():
    assert config({"database.url": f"{RUN['database.url']}&sslrootcert=system"}, status=0) == ""


@pytest.mark.parametrize("mode", ["disable", "allow", "prefer", "require", "verify-ca", None])
@pytest.mark.parametrize("key", ["database.url", "database.migrationUrl"])
def test_less_than_a_verified_database_is_refused_but_on_loopback_and_where_it_is_allowed(key, mode):
    ending = f"?sslmode={mode}" if mode else ""
    line = only_line({key: f"postgres://u:s3cret@db.example/notify{ending}"})
    assert key in line and f"sslmode={mode or 'prefer'}" in line and "verify-full" in line and "db.example" in line
    assert "s3cret" not in line
    assert config({key: f"postgres://127.0.0.1/notify{ending}"}, status=0) == ""
    assert config({key: f"postgres:///notify?host=/run/postgresql{ending.replace('?', '&')}"}, status=0) == ""
    assert config({key: f"postgres://db.example/notify{ending}", "tls.allowPlaintext": "db.example"}, status=0) == ""


def test_one_host_of_several_without_it_is_enough():
    line = only_line({"database.url": "postgres://127.0.0.1,db.example/notify?sslmode=require"})
    assert "db.example" in line
