"""What the embedded PostgreSQL keeps in TALLYSTICK_HOME: generated secrets, and a lock.

The home is the folder of one installation. Nothing here is ever made readable to another user:
secrets are files of mode 0600 in a folder of mode 0700, written once and never replaced, because
data encrypted or authenticated with them would be lost with them.
"""

import fcntl
import os
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_SECRET_NAME = re.compile(r"[a-z][a-z0-9-]{0,62}", re.ASCII)
_SECRET_BYTES = 32
_LOCK_TIMEOUT_SECONDS = 150.0  # longer than one start, which the holder may be busy with
_POLL_SECONDS = 0.05


class EmbeddedPostgresError(RuntimeError):
    """The embedded PostgreSQL cannot do what was asked; the sentence says what to do about it."""


def open_home(home: Path) -> Path:
    """The absolute path of `home`, which is made when it is not there.

    Made by root it may be passed through (0711), because the server then runs as another user;
    its contents stay closed. A home that exists already keeps its mode.
    """
    home = home.expanduser().resolve()
    if not home.is_dir():
        home.mkdir(parents=True, exist_ok=True)
        home.chmod(0o711 if os.geteuid() == 0 else 0o700)
    return home


@contextmanager
def locked(home: Path) -> Iterator[None]:
    """Hold the lock of this home's server, across processes and threads.

    Raises EmbeddedPostgresError when the home belongs to another user or stays locked too long.
    """
    path = home / "postgres.lock"
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except PermissionError as error:
        raise EmbeddedPostgresError(
            f"{home} belongs to another user; run as that user or set TALLYSTICK_HOME"
        ) from error
    try:
        _wait_for_lock(descriptor, path)
        yield
    finally:
        os.close(descriptor)  # closing releases the lock, and so does the end of the process


def _wait_for_lock(descriptor: int, path: Path) -> None:
    deadline = time.monotonic() + _LOCK_TIMEOUT_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() > deadline:
                raise EmbeddedPostgresError(f"another process keeps {path} locked") from error
            time.sleep(_POLL_SECONDS)
        else:
            return


def secret(home: Path, name: str) -> str:
    """The secret of this home called `name`: 32 random bytes as 43 URL-safe base64 characters.

    Made at the first call and the same ever after, also when several processes ask at once.
    Raises ValueError for a name that is not lower-case words joined by hyphens.
    """
    if not _SECRET_NAME.fullmatch(name):
        raise ValueError(f"{name!r} is not the name of a secret")
    folder = open_home(home) / "secrets"
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / name
    if not path.exists():
        _write_once(path, secrets.token_urlsafe(_SECRET_BYTES))
    return path.read_text(encoding="ascii").strip()


def _write_once(path: Path, text: str) -> None:
    """Write a file that appears complete or not at all; the first of several writers wins."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    with open(  # the opener sets the mode before there is any content
        draft, "x", encoding="ascii", opener=lambda name, flags: os.open(name, flags, 0o600)
    ) as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass  # another process was faster; its value is the secret
    finally:
        draft.unlink()
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
