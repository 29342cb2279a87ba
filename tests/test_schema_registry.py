"""A registry at a URL: it may only say which reviewed schema an id stands for."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from consumers.avro import decode, encode
from consumers.ports import TransientError
from consumers.registry import ACCOUNT, CREDIT_NOTE, newest
from consumers.registry_http import HttpRegistry
from consumers.unreadable import Reason, UnreadableMessageError

HOSTILE = '{"type": "array", "items": "null"}'


@dataclass
class FakeRegistry:
    """Answers by path, and remembers what it was asked."""

    url: str = ""
    answers: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    asked: list[tuple[str, str | None]] = field(default_factory=list)

    def knows(self, schema_id: int, schema: str, **more: object) -> None:
        body = json.dumps({"schema": schema, **more}).encode()
        self.answers[f"/apis/schemas/ids/{schema_id}"] = (200, body)


@pytest.fixture
def registry() -> Iterator[FakeRegistry]:
    fake = FakeRegistry()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            fake.asked.append((self.path, self.headers.get("Authorization")))
            status, body = fake.answers.get(self.path, (404, b'{"error_code": 40403}'))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's
            """A test's output is not the place for an access log."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    fake.url = f"http://127.0.0.1:{server.server_port}/apis/"
    yield fake
    server.shutdown()
    server.server_close()
    thread.join()


def test_an_id_of_the_registry_leads_to_the_reviewed_schema_and_is_asked_for_once(
    registry: FakeRegistry,
) -> None:
    registry.knows(4711, newest(CREDIT_NOTE).file.text())
    client = HttpRegistry(registry.url)
    assert client.by_id(4711) is newest(CREDIT_NOTE)
    assert client.by_id(4711) is newest(CREDIT_NOTE)
    assert registry.asked == [("/apis/schemas/ids/4711", None)]


def test_a_message_is_decoded_with_the_registrys_id_and_not_the_one_in_git(
    registry: FakeRegistry,
) -> None:
    record = {
        "unit": "HSG",
        "account": "1",
        "action": "open",
        "opened_on": date(2026, 4, 1),
        "debt_type": "rent",
        "payment_terms_days": 14,
    }
    registry.knows(1, newest(ACCOUNT).file.text())
    value = b"\0\0\0\0\x01" + encode(ACCOUNT, record)[5:]
    assert decode(value, HttpRegistry(registry.url)).schema_name == ACCOUNT


def test_a_schema_that_is_not_reviewed_is_unknown_whatever_the_registry_says(
    registry: FakeRegistry,
) -> None:
    registry.knows(1, HOSTILE)
    registry.knows(2, newest(CREDIT_NOTE).file.text(), schemaType="PROTOBUF")
    registry.knows(3, newest(CREDIT_NOTE).file.text(), references=[{"name": "x"}])
    client = HttpRegistry(registry.url)
    assert [client.by_id(schema_id) for schema_id in (1, 2, 3, 4)] == [None] * 4
    with pytest.raises(UnreadableMessageError) as caught:
        decode(b"\0\0\0\0\x01\x08", client)
    assert caught.value.reason == Reason.UNKNOWN_SCHEMA


def test_an_id_that_is_registered_a_moment_later_is_found(registry: FakeRegistry) -> None:
    client = HttpRegistry(registry.url)
    assert client.by_id(9) is None
    registry.knows(9, newest(CREDIT_NOTE).file.text())
    assert client.by_id(9) is newest(CREDIT_NOTE)


@pytest.mark.parametrize("answer", [(500, b""), (401, b""), (200, b"<html>"), (301, b"")])
def test_a_registry_in_trouble_is_not_the_messages_fault(
    registry: FakeRegistry, answer: tuple[int, bytes]
) -> None:
    registry.answers["/apis/schemas/ids/1"] = answer
    with pytest.raises(TransientError):
        HttpRegistry(registry.url).by_id(1)


def test_a_registry_that_does_not_answer_is_not_the_messages_fault() -> None:
    with pytest.raises(TransientError):
        HttpRegistry("http://127.0.0.1:9", timeout_seconds=1).by_id(1)


def test_a_user_and_password_in_the_url_are_sent_and_other_schemes_refused(
    registry: FakeRegistry,
) -> None:
    HttpRegistry(registry.url.replace("127.0.0.1", "user:p%40ss@127.0.0.1")).by_id(1)
    assert registry.asked == [("/apis/schemas/ids/1", "Basic dXNlcjpwQHNz")]
    with pytest.raises(ValueError, match="http"):
        HttpRegistry("file:///etc/passwd")
