"""CloudEvents attributes as Kafka headers."""

import pytest

from consumers.cloud_events import Attributes, build_headers, read_headers
from consumers.message import Headers, Message, fingerprint, position_name
from consumers.unreadable import Reason, UnreadableMessageError

FULL = Attributes(
    message_id="0191f3c2-7c1e-7d10-9b1a-3a5f0c2e1d4b",
    source="/council/example/housing-rents",
    message_type="uk.tallystick.ar.InvoiceIssued",
    time="2026-04-01T09:00:00Z",
    subject="INV-1",
)
SMALL: Headers = (("ce_id", b"1"), ("ce_source", b"/s"))


def message(value: bytes | None, ce_id: bytes = b"1") -> Message:
    return Message("t", 0, 5, b"k", value, (("ce_id", ce_id),), 0)


def test_headers_come_back_as_they_were_built() -> None:
    assert read_headers(build_headers(FULL)) == FULL
    assert read_headers(build_headers(Attributes("1", "/s"))) == Attributes("1", "/s")


def test_a_repeated_header_counts_with_its_last_value() -> None:
    assert read_headers((("ce_id", b"0"), *SMALL)).message_id == "1"


@pytest.mark.parametrize("name", ["ce_id", "ce_source"])
@pytest.mark.parametrize("value", [None, b""])
def test_a_message_without_identity_or_source_is_refused_by_the_headers_name(
    name: str, value: bytes | None
) -> None:
    headers = tuple((key, held) for key, held in SMALL if key != name)
    if value is not None:
        headers = (*headers, (name, value))
    with pytest.raises(UnreadableMessageError) as caught:
        read_headers(headers)
    assert (caught.value.reason, caught.value.field) == (Reason.MISSING_HEADER, name)


@pytest.mark.parametrize(
    "extra",
    [
        ("ce_id", b"\xff"),
        ("ce_id", b"x" * 300),
        ("ce_id", b"a\nb"),
        ("ce_id", "a\u202eb".encode()),
        ("ce_specversion", b"0.3"),
        ("other", b"x" * 20_000),
    ],
)
def test_headers_that_are_no_text_too_long_or_of_another_version_are_refused(
    extra: tuple[str, bytes],
) -> None:
    with pytest.raises(UnreadableMessageError) as caught:
        read_headers((*SMALL, extra))
    assert caught.value.reason == Reason.BAD_HEADER


def test_the_fingerprint_of_a_message_is_of_its_id_and_value() -> None:
    assert fingerprint(message(b"v")) == fingerprint(message(b"v"))
    others = [message(None), message(b""), message(b"w"), message(b"", b"1v"), message(b"v", b"2")]
    assert len({fingerprint(one) for one in [message(b"v"), *others]}) == 6


def test_a_position_is_named_by_cluster_topic_and_partition() -> None:
    assert position_name("abc", "ar.billing.invoice.v1", 3) == "kafka:abc:ar.billing.invoice.v1:3"


@pytest.mark.parametrize(
    ("odd", "shown"),
    [(b"caf\xe9", "caf\\xe9"), (b"\xff\x00", "\\xff\\x00"), (b"\xed\xa0\x80", "\\xed")],
)
def test_a_header_name_that_is_not_utf8_is_refused_and_shown_in_escapes(
    odd: bytes, shown: str
) -> None:
    name = odd.decode("utf-8", "surrogateescape")
    with pytest.raises(UnreadableMessageError) as caught:
        read_headers((*SMALL, ("caf\u00e9", b"text"), (name, b"x")))
    assert caught.value.reason is Reason.BAD_HEADER
    assert caught.value.sentence.startswith(f"the name of header 4 is not UTF-8: {shown}")
    caught.value.sentence.encode()


def test_a_name_in_another_alphabet_is_text() -> None:
    assert read_headers((("\u03ba\u03bb\u03b5\u03b9\u03b4\u03af", b"x"), *SMALL)).message_id == "1"


def test_a_header_without_a_value_is_no_value_and_keeps_the_fingerprint_of_an_empty_one() -> None:
    with pytest.raises(UnreadableMessageError, match="ce_id is missing"):
        read_headers((("ce_id", None), ("ce_source", b"/s")))
    null, empty = (Message("t", 0, 5, b"k", b"v", (("ce_id", one),), 0) for one in (None, b""))
    assert fingerprint(null) == fingerprint(empty)
