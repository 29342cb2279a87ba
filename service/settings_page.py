"""The page docs/configuration.md, generated from the settings themselves.

Rewrite it with `python -m service.settings_page > docs/configuration.md`; a test holds the two
equal.
"""

import sys
from textwrap import fill

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from service.settings import CONFIG_FILE, CONFIG_VARIABLE, Settings, variable

_HEAD = f"""# Configuration

<!-- Generated: python -m service.settings_page > docs/configuration.md -->

A setting is read from its environment variable, else from the TOML file, else it has its default.
The TOML file is the one that `{CONFIG_VARIABLE}` names, else `{CONFIG_FILE}` in the working
directory if there is one. A name that does not exist is an error, in the file and among the
variables that begin with `TALLYSTICK_`, so that a misspelt setting is never silently ignored. An
empty variable counts as not set. `tallystick config` shows what is in force, with secrets masked.

Nothing has to be set to try Tallystick. For production set at least `TALLYSTICK_DATABASE_URL`,
`TALLYSTICK_PARTY_KEY` and `TALLYSTICK_DIGEST_KEY`, from your secret store.
"""


def configuration_page() -> str:
    """docs/configuration.md as text: every setting in the order of the settings class."""
    parts = [_part(name, field) for name, field in Settings.model_fields.items()]
    return "\n".join([_HEAD, "## Settings\n", *parts, _example()])


def _part(name: str, field: FieldInfo) -> str:
    secret = " A secret: never shown and never logged." if _is_secret(field) else ""
    return (
        f"### `{variable(name)}`\n\n"
        f"In the TOML file `{name}`. Default: {_default(field)}.\n\n"
        f"{fill(f'{field.description}{secret}', 100)}\n{_choices(field)}"
    )


def _is_secret(field: FieldInfo) -> bool:
    return SecretStr.__name__ in str(field.annotation)


def _default(field: FieldInfo) -> str:
    value: object = field.default
    if value is None:
        return "not set"
    return f"`{','.join(value) if isinstance(value, tuple) else value}`"


def _choices(field: FieldInfo) -> str:
    """The permitted words of a setting that is one of a few, read from its JSON schema."""
    schema = Settings.model_json_schema()["properties"]
    entry = next(schema[name] for name, other in Settings.model_fields.items() if other is field)
    branches = [entry, *entry.get("anyOf", [])]
    words = [word for branch in branches for word in branch.get("enum", [])]
    return f"\nOne of {', '.join(f'`{word}`' for word in words)}.\n" if words else ""


def _example() -> str:
    return f"""## Example

`{CONFIG_FILE}`, with the secrets left to the environment:

```toml
home = "/var/lib/tallystick"
kafka_bootstrap = "kafka-1.internal:9093,kafka-2.internal:9093"
kafka_security_protocol = "SASL_SSL"
kafka_sasl_mechanism = "SCRAM-SHA-512"
kafka_sasl_username = "tallystick"
log_format = "json"
```
"""


if __name__ == "__main__":
    sys.stdout.write(configuration_page())
