"""A real broker behind TLS and a login: the settings that exist reach it."""

import datetime as dt
import ipaddress
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import SecretStr

from consumers.kafka import Connection, KafkaBroker, Producer, cluster_id, create_topics
from service.settings import Settings
from service.streaming import kafka_connection

pytestmark = pytest.mark.kafka
Broker: TypeAlias = Any  # of tests/plugins/kafka_broker.py
PATIENCE_SECONDS = 30
LISTENER = """
listeners=SASL_SSL://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=SASL_SSL://127.0.0.1:{port}
inter.broker.listener.name=SASL_SSL
listener.security.protocol.map=SASL_SSL:SASL_SSL,CONTROLLER:PLAINTEXT
sasl.enabled.mechanisms=PLAIN
sasl.mechanism.inter.broker.protocol=PLAIN
listener.name.sasl_ssl.plain.sasl.jaas.config={module} required username="broker" \\
  password="inner" user_broker="inner" user_tallystick="secret";
ssl.keystore.type=PEM
ssl.keystore.location={keystore}
ssl.truststore.type=PEM
ssl.truststore.location={authority}
"""
MODULE = "org.apache.kafka.common.security.plain.PlainLoginModule"


def certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that signs itself: beside its key, and alone."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    public = made.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    both, alone = folder / f"{name}.pem", folder / f"{name}.crt"
    both.write_bytes(private + public)
    alone.write_bytes(public)
    return both, alone


@pytest.fixture(scope="module")
def secured(
    kafka_broker: Broker,
    kafka_launcher: Any,  # noqa: ANN401 - tests/kafka/broker.py as a module
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Settings]:
    """Settings that reach a broker with TLS and a login."""
    if kafka_broker.kind != "apache":
        pytest.skip(f"needs a broker of our own to secure; have {kafka_broker.kind}")
    folder = tmp_path_factory.mktemp("secured-kafka")
    keystore, authority = certificate(folder, "broker")
    process = kafka_launcher.ApacheKafka(folder / "kafka")
    process.create()
    file = folder / "kafka" / "server.properties"
    lines = file.read_text(encoding="utf-8").splitlines()
    voters = next(one for one in lines if one.startswith("controller.quorum.voters"))
    own = ("listeners=", "advertised.listeners=", "inter.broker.", "listener.security.protocol")
    kept = [one for one in lines if not one.startswith(own)]
    added = LISTENER.format(
        port=process.bootstrap.split(":")[1],
        controller=voters.split(":")[-1],
        module=MODULE,
        keystore=keystore,
        authority=authority,
    )
    file.write_text("\n".join(kept) + added, encoding="utf-8")
    process.start()
    yield Settings(
        kafka_bootstrap=process.bootstrap,
        kafka_security_protocol="SASL_SSL",
        kafka_ssl_cafile=authority,
        kafka_sasl_mechanism="PLAIN",
        kafka_sasl_username="tallystick",
        kafka_sasl_password=SecretStr("secret"),
    )
    process.stop()


def test_messages_go_and_come_over_tls_with_a_login(secured: Settings) -> None:
    connection = kafka_connection(secured)
    assert len(cluster_id(connection)) > 5
    create_topics(connection, ["t.secured"], 1)
    producer = Producer(connection)
    producer.send("t.secured", b"k", b"v", (("ce_id", b"1"),))
    producer.flush()
    producer.close()
    assert received(connection) == [b"v"]


def received(connection: Connection) -> list[bytes | None]:
    reader = KafkaBroker(connection, ["t.secured"])
    deadline = time.monotonic() + PATIENCE_SECONDS
    try:
        found: list[bytes | None] = []
        while not found:
            assert time.monotonic() < deadline
            reader.assign()
            for messages in reader.poll(200).values():
                found += [one.value for one in messages]
        return found
    finally:
        reader.close()
