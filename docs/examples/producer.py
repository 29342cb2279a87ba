"""Send invoices: python producer.py HOST:PORT ar.billing.invoice.v1.avsc invoices.jsonl"""
# ruff: noqa: D103, D400, INP001 - a page to copy, not a module of the package

import json
import sys
from decimal import Decimal
from io import BytesIO
from typing import Any

from fastavro import schema, schemaless_writer
from kafka import KafkaProducer

TOPIC, SCHEMA_ID, SOURCE = "ar.billing.invoice.v1", 1, b"/council/example/billing"
AMOUNTS = {"net", "vat", "total_net", "total_vat", "total_gross", "amount"}


def exact(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: Decimal(text) if name in AMOUNTS else text for name, text in fields.items()}


def message(invoice: dict[str, Any], schema_file: str) -> dict[str, Any]:
    body = BytesIO(b"\0" + SCHEMA_ID.to_bytes(4, "big"))  # Confluent framing, then the record
    body.seek(0, 2)
    schemaless_writer(body, schema.load_schema(schema_file), invoice)
    key = f"{invoice['unit']}/{invoice['account']}".encode()  # one account, one partition, in order
    message_id = f"{invoice['unit']}/{invoice['invoice_number']}".encode()  # the same if sent again
    headers = [("ce_specversion", b"1.0"), ("ce_id", message_id), ("ce_source", SOURCE)]
    return {"key": key, "value": body.getvalue(), "headers": headers}


if __name__ == "__main__":
    broker, schema_file, invoices = sys.argv[1:]
    producer = KafkaProducer(bootstrap_servers=broker, acks="all", enable_idempotence=True)
    with open(invoices, encoding="utf-8") as lines:  # noqa: PTH123 - one import less to copy
        waiting = [
            producer.send(TOPIC, **message(json.loads(line, object_hook=exact), schema_file))
            for line in lines
        ]
    print([sent.get(timeout=30).offset for sent in waiting])  # noqa: T201 - raises if one was not stored
