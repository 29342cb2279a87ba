"""The profiles by which CSV bank files are read: those shipped, and a council's own.

A profile is a TOML file of the keys in `csv_shape`. The packaged ones are in `profiles/`; a council
adds its own in a folder of its own, and one of the same name replaces the packaged one. A profile
that says `extends = "hsbc"` takes everything from that one but what it says itself; its tables are
joined key by key.
"""

import difflib
import re
import tomllib
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from consumers.formats.csv_shape import Profile
from consumers.formats.errors import UnreadableFileError

__all__ = ["Profile", "explain", "load_profiles", "packaged_profiles"]

PROFILE_BYTES_MAX = 64 << 10  # a profile is a page; more is a mistake
_LINE = re.compile(r"at line ([0-9]+)")
_Keys = dict[str, Any]


def packaged_profiles() -> tuple[Profile, ...]:
    """The profiles that are shipped with the program, by name."""
    return load_profiles(None)


def load_profiles(folder: Path | None = None) -> tuple[Profile, ...]:
    """The packaged profiles and those of a folder, by name; the folder's own win.

    Raises UnreadableFileError for a profile that is not valid: file, key, value, reason.
    """
    packaged = _packaged()
    own = _own(folder) if folder is not None else {}
    shipped = {str(keys.get("name")): keys for keys in packaged.values()}
    found = [_profile(file, keys, shipped) for file, keys in packaged.items()]
    for file, keys in own.items():
        # One that replaces a shipped profile may extend that very one: itself is not among these.
        others = {str(one.get("name")): one for one in own.values() if one is not keys}
        found.append(_profile(file, keys, {**shipped, **others}))
    by_name = {profile.name: profile for profile in found}
    return tuple(by_name[name] for name in sorted(by_name))


def explain(profile: Profile) -> str:
    """A profile in a few lines of plain words, for an officer who must pick one."""
    columns = profile.columns
    amount = columns.amount or f"{columns.credit} less {columns.debit}"
    if profile.amounts == "pence":
        amount += ", in pence"
    if profile.direction is not None:
        amount += f", its direction from {profile.direction.column}"
    balance = f"{columns.balance}, checked row by row" if columns.balance else "none"
    order = " or ".join(order.replace("_", " ") for order in profile.order)
    return "\n".join(
        (
            f"{profile.name}: {profile.title}",
            f"  columns   {', '.join(profile.header)}",
            f"  date      {columns.date}, as {' or '.join(profile.date_formats)}",
            f"  amount    {amount}{', sign turned round' if profile.inverted else ''}",
            f"  account   {_account(profile)}",
            f"  balance   {balance}",
            f"  rows run  {order}",
        )
    )


def _account(profile: Profile) -> str:
    if profile.template:
        return f'the file does not say it: extend this profile (extends = "{profile.name}")'
    if profile.account_title is not None:
        return f"what stands behind {profile.account_title}"
    head = profile.records.header if profile.records else None
    if head is not None and head.account is not None:
        return f"cell {head.account} of the {head.mark} record"
    return profile.account or " and ".join(profile.columns.account)


def _packaged() -> dict[str, _Keys]:
    folder = resources.files("consumers.formats").joinpath("profiles")
    files = sorted(item.name for item in folder.iterdir() if item.name.endswith(".toml"))
    return {name: _keys(folder.joinpath(name).read_bytes(), name) for name in files}


def _own(folder: Path) -> dict[str, _Keys]:
    found: dict[str, _Keys] = {}
    names: dict[str, str] = {}
    for path in sorted(folder.glob("*.toml")):
        size = path.stat().st_size
        if size > PROFILE_BYTES_MAX:
            raise UnreadableFileError(path.name, 0, "size", str(size), "too large to be a profile")
        keys = _keys(path.read_bytes(), path.name)
        name = str(keys.get("name"))
        if name in names:
            raise UnreadableFileError(
                path.name, 0, "name", name, f"{names[name]} has this name too"
            )
        names[name] = path.name
        found[path.name] = keys
    return found


def _keys(content: bytes, file: str) -> _Keys:
    try:
        return tomllib.loads(content.decode("utf-8"))
    except ValueError as error:  # bad UTF-8 and bad TOML alike
        line = _LINE.search(str(error))
        at = int(line[1]) if line else 0
        raise UnreadableFileError(file, at, "profile", "", f"no valid TOML: {error}") from None


def _profile(file: str, keys: _Keys, known: Mapping[str, _Keys]) -> Profile:
    try:
        return Profile.model_validate(_extended(file, keys, known, (str(keys.get("name")),)))
    except ValidationError as error:
        key, value, reason = _told(error.errors(include_url=False)[0])
        raise UnreadableFileError(file, 0, key, value, reason) from None


def _extended(
    file: str, keys: _Keys, known: Mapping[str, _Keys], through: tuple[str, ...]
) -> _Keys:
    """The keys with those of the profile that they extend."""
    if "extends" not in keys:
        return keys
    wanted = str(keys["extends"])
    # The first is the profile itself, which may extend the shipped one that it replaces.
    if wanted not in known or wanted in through[1:]:
        reason = "a profile extends itself" if wanted in through else _no_such(wanted, known)
        raise UnreadableFileError(file, 0, "extends", wanted, reason)
    joined = dict(_extended(file, known[wanted], known, (*through, wanted)))
    for key, value in keys.items():
        both = isinstance(value, dict) and isinstance(joined.get(key), dict)
        joined[key] = {**joined[key], **value} if both else value
    if "account" in keys or "account_title" in keys:
        joined.pop("template", None)
    return joined


def _no_such(wanted: str, known: Mapping[str, _Keys]) -> str:
    near = difflib.get_close_matches(wanted, known, n=1)
    return f"there is no such profile{f'; did you mean {near[0]}?' if near else ''}"


def _told(error: ErrorDetails) -> tuple[str, str, str]:
    """Key, value and reason of what is wrong, in words for whoever wrote the file."""
    context = error.get("ctx", {})
    key = ".".join(str(part) for part in error["loc"])
    if error["type"] == "profile":
        inside = f"{key}.{context['key']}" if key and key != context["key"] else context["key"]
        return inside, str(context["value"]), str(context["reason"])
    if error["type"] == "missing":
        return key, "", "this key is missing"
    if error["type"] == "extra_forbidden":
        near = difflib.get_close_matches(str(error["loc"][-1]), Profile.model_fields, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        return key, str(error["input"]), f"there is no such key{hint}"
    reason = error["msg"].replace("Input should be", "it should be")
    return key or "profile", str(error["input"]), reason
