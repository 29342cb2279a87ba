"""`tallystick consume` on a real broker, as those who watch it see it."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from pydantic import SecretStr

from consumers.avro import encode
from consumers.cloud_events import Attributes, build_headers
from consumers.kafka import Producer
from service.embedded_database import EmbeddedDatabase
from service.health import ground, health
from service.settings import Settings

Council: TypeAlias = Any  # of the conftest, which cannot be imported from here
Broker: TypeAlias = Any  # of tests/plugins/kafka_broker.py

pytestmark = pytest.mark.kafka

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 60


def eventually(question: Callable[[], bool], log: Path) -> None:
    for _ in range(PATIENCE_SECONDS * 5):
        if question():
            return
        time.sleep(0.2)
    raise AssertionError(log.read_text("utf-8"))


def metric(port: int, name: str) -> float:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
        lines = answer.read().decode().splitlines()
    return next((float(one.rpartition(" ")[2]) for one in lines if one.startswith(name)), -1.0)


def test_a_consumer_tells_how_far_it_is_and_what_it_refused(
    council: Council, database: EmbeddedDatabase, kafka_broker: Broker, tmp_path: Path
) -> None:
    topic = kafka_broker.new_topic()
    producer = Producer(kafka_broker.connection)
    values = [encode("Account", council.billing.account("1")), b"no message", b"nor this"]
    for number, value in enumerate(values):
        headers = build_headers(Attributes(f"m-{number}", "/council/housing"))
        producer.send(topic, b"HSG|1", value, headers)
    producer.flush()
    producer.close()
    settings = Settings(
        home=council.settings.home,
        database_url=SecretStr(database.app_url),
        policy_dir=council.settings.policy_dir,
        kafka_bootstrap=kafka_broker.bootstrap,
        kafka_topics=(topic,),
    )
    before = [one.sentence for one in health(ground(settings)) if one.name == "kafka"]
    assert before == ["messages that wait in Kafka: 3, in partitions: 1"]

    log = tmp_path / "log"
    with log.open("w") as err:
        process = subprocess.Popen(
            [sys.executable, "-c", "from service.cli import main; main()", "consume",
             "--metrics-port", "0"],
            env={
                "PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT),
                "TALLYSTICK_HOME": str(settings.home),
                "TALLYSTICK_DATABASE_URL": database.app_url,
                "TALLYSTICK_PARTY_KEY": "p" * 32, "TALLYSTICK_DIGEST_KEY": "d" * 32,
                "TALLYSTICK_KAFKA_BOOTSTRAP": kafka_broker.bootstrap,
                "TALLYSTICK_KAFKA_TOPICS": topic, "TALLYSTICK_LOG_FORMAT": "json",
            },
            stderr=err,
        )  # fmt: skip
    try:
        eventually(lambda: "metrics served" in log.read_text("utf-8"), log)
        served = next(one for one in log.read_text("utf-8").splitlines() if "metrics served" in one)
        port = int(json.loads(served)["port"])
        place = f'{{partition="0",topic="{topic}"}}'
        eventually(lambda: metric(port, f"tallystick_tracking_offset{place}") == len(values), log)
        assert metric(port, f"tallystick_tracking_lag{place}") == 0
        assert metric(port, 'tallystick_dead_letters_total{class="poison"}') == 2
        assert metric(port, 'tallystick_dead_letters_total{class="business"}') == 0
        assert metric(port, 'tallystick_intake_paused{reason="unreachable"}') == 0
        assert metric(port, "tallystick_events_appended_total") == 3
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_SECONDS) == 0, log.read_text("utf-8")
    after = [one.sentence for one in health(ground(settings)) if one.name == "kafka"]
    assert after == ["messages that wait in Kafka: 0, in partitions: 1"]
