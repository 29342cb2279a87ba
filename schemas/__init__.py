"""The reviewed Avro schemas of the billing messages: the registry that is held in git.

A schema is part of the contract once `index.json` names it. Its id, subject and version never
change afterwards; a new version is a new file and a new entry.
"""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class SchemaFile:
    """One entry of `index.json`: registry id, subject, version of the subject, file name."""

    schema_id: int
    subject: str
    version: int
    file: str

    @property
    def topic(self) -> str:
        """The topic whose values the schema describes (subject `<topic>-value`)."""
        return self.subject.removesuffix("-value")

    def text(self) -> str:
        """The schema as it stands in git, Avro JSON."""
        return files(__name__).joinpath(self.file).read_text(encoding="utf-8")


@cache
def schema_files() -> tuple[SchemaFile, ...]:
    """Every reviewed schema, in the order of `index.json`."""
    index = json.loads(files(__name__).joinpath("index.json").read_text(encoding="utf-8"))
    return tuple(
        SchemaFile(entry["id"], entry["subject"], entry["version"], entry["file"])
        for entry in index["schemas"]
    )
