"""The pieces that the writers of Bacs reports share: for tests and for the demo council's bank."""

from collections.abc import Mapping
from datetime import date
from xml.sax.saxutils import quoteattr

ADVICES = "newbacs-advices.xsd"
REPORTS = "newbacs-reports.xsd"


def opening(encoding: str = "UTF-8", root: str = "BACSDocument", schema: str = ADVICES) -> str:
    """Everything before the report itself."""
    return (
        f"<?xml version='1.0' encoding='{encoding}'?>\n"
        f'<{root} xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
        f' xsi:noNamespaceSchemaLocation="{schema}">\n<Data>\n'
    )


def closing(root: str = "BACSDocument") -> str:
    """Everything after the report."""
    return (
        f"</Data>\n<SignatureMethod>Vanilla</SignatureMethod>\n<Signature></Signature>\n</{root}>\n"
    )


def encoded(text: str, encoding: str) -> bytes:
    """A text as bytes; what the encoding does not have is written as a character reference."""
    return text.encode(encoding, errors="xmlcharrefreplace")


def empty(name: str, attributed: Mapping[str, str | None]) -> str:
    """An element of attributes alone."""
    return f"<{name}{attributes(attributed)}></{name}>\n"


def attributes(attributed: Mapping[str, str | None]) -> str:
    """Attributes, each with a blank before it; None is written as empty."""
    return "".join(f" {name}={quoteattr(value or '')}" for name, value in attributed.items())


def dated(day: date | None) -> str:
    """A day, or nothing."""
    return "" if day is None else day.isoformat()


def printed(code: str) -> str:
    """A sort code with hyphens."""
    return f"{code[:2]}-{code[2:4]}-{code[4:]}" if code else ""
