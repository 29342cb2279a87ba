"""A schema registry at a URL that speaks the Confluent REST API (Confluent, Karapace, Apicurio).

It only says which reviewed schema an id stands for; see `consumers/registry.py`.
"""

import base64
import json
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import SplitResult, unquote, urlsplit

from consumers.ports import TransientError
from consumers.registry import SCHEMA_BYTES_MAX, Reviewed, by_text

TIMEOUT_SECONDS = 5.0
IDS_KEPT_MAX = 10_000  # ids are for ever, so answers are kept; bounded against invented ids


class HttpRegistry:
    """GET /schemas/ids/{id} with a cache and a time-out; one per process and thread."""

    def __init__(self, url: str, *, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        """`url` is http or https, with a user and password in it where the registry wants them.

        Raises ValueError for another scheme.
        """
        self._url = urlsplit(url)
        if self._url.scheme not in {"http", "https"} or not self._url.hostname:
            raise ValueError("a schema registry is an http or https URL")
        self._timeout_seconds = timeout_seconds
        self._known: dict[int, Reviewed | None] = {}

    def by_id(self, schema_id: int) -> Reviewed | None:
        """The reviewed schema that this registry's id stands for, or None.

        Raises `TransientError` when the registry does not answer: the message is not at fault.
        """
        if schema_id in self._known:
            return self._known[schema_id]
        answer = self._get(f"/schemas/ids/{schema_id}")
        if answer is None:  # not kept: a publisher may be about to register it
            return None
        found = _schema_of_answer(answer)
        if len(self._known) < IDS_KEPT_MAX:
            self._known[schema_id] = found
        return found

    def _get(self, path: str) -> bytes | None:
        connection = _connection(self._url, self._timeout_seconds)
        try:
            connection.request("GET", self._url.path.rstrip("/") + path, headers=self._headers())
            response = connection.getresponse()
            body = response.read(2 * SCHEMA_BYTES_MAX + 1)
        except (OSError, HTTPException) as error:
            raise TransientError(f"the schema registry does not answer: {error}") from error
        finally:
            connection.close()
        if response.status == 404:
            return None
        if response.status != 200:
            raise TransientError(f"the schema registry answers {response.status}")
        return body

    def _headers(self) -> dict[str, str]:
        accept = {"Accept": "application/vnd.schemaregistry.v1+json, application/json"}
        if self._url.username is None:
            return accept
        pair = f"{unquote(self._url.username)}:{unquote(self._url.password or '')}"
        return {**accept, "Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}


def _connection(url: SplitResult, timeout_seconds: float) -> HTTPConnection:
    kind = HTTPSConnection if url.scheme == "https" else HTTPConnection
    return kind(url.hostname or "", url.port, timeout=timeout_seconds)


def _schema_of_answer(body: bytes) -> Reviewed | None:
    """`{"schema": "<Avro JSON>"}`; another schemaType or references are never reviewed."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise TransientError("the schema registry's answer is not JSON") from error
    match answer:
        case {"schemaType": kind} if kind != "AVRO":
            return None
        case {"schema": str(text)} if not answer.get("references"):
            return by_text(text)
        case _:
            return None
