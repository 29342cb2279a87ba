"""Which operating-system user runs the embedded PostgreSQL, and how a program is run as them.

PostgreSQL refuses to run as root. Started by root, the server therefore belongs to an existing
unprivileged user; started by anybody else, to that person. No user is ever created.
"""

import os
import pwd
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from service.embedded_files import EmbeddedPostgresError

# Nothing of the caller's environment reaches the server: a stray PGDATA, PGPORT or LD_PRELOAD
# must not change which cluster is touched.
_ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
_UNPRIVILEGED_NAMES = ("nobody", "daemon")


@dataclass(frozen=True, slots=True)
class ServerUser:
    """The user that the server runs as; `drops` when we are root and must become them first."""

    name: str
    uid: int
    gid: int
    drops: bool

    def run(
        self, command: Sequence[str | Path], *, timeout_seconds: float = 60
    ) -> subprocess.CompletedProcess[str]:
        """Run `command` as this user from `/`, without the caller's environment.

        Raises OSError when the user may not be taken on or may not reach the program, and
        subprocess.TimeoutExpired.
        """
        return subprocess.run(  # noqa: S603 - every command is ours, none comes from input
            [str(word) for word in command],
            user=self.uid if self.drops else None,
            group=self.gid if self.drops else None,
            extra_groups=[] if self.drops else None,
            cwd="/",
            env=_ENVIRONMENT,
            umask=0o077,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout_seconds,
            check=False,
            start_new_session=True,  # a Ctrl-C meant for the command must not stop the server
        )

    def can(self, command: Sequence[str | Path]) -> bool:
        """Whether `command` succeeds as this user: asks the system, not the mode bits."""
        try:
            return self.run(command).returncode == 0
        except (OSError, subprocess.TimeoutExpired):
            return False

    def own(self, path: Path) -> None:
        """Give `path`, which is ours and new, to this user; nobody else may enter it."""
        path.chmod(0o700)
        if self.drops:
            os.chown(path, self.uid, self.gid)


def candidates(home: Path) -> Iterator[ServerUser]:
    """The users that may run a new server, best first.

    Root becomes the home's owner if that is somebody else, else `nobody`, else `daemon`.
    """
    if os.geteuid() != 0:
        yield _user(os.geteuid())
        return
    owner = home.stat().st_uid
    if owner != 0:
        yield _user(owner)
    for name in _UNPRIVILEGED_NAMES:
        try:
            uid = pwd.getpwnam(name).pw_uid
        except KeyError:
            continue
        if _user(uid).can(["/bin/sh", "-c", ":"]):
            yield _user(uid)


def owner_of(folder: Path) -> ServerUser:
    """The user of an existing server: who owns its folder.

    Raises EmbeddedPostgresError when that is neither us nor, for root, an unprivileged user.
    """
    uid = folder.stat().st_uid
    if uid == 0 or os.geteuid() not in {0, uid}:
        raise EmbeddedPostgresError(
            f"{folder} belongs to {_user(uid).name}; run as its user, or set TALLYSTICK_HOME"
        )
    return _user(uid)


def _user(uid: int) -> ServerUser:
    drops = os.geteuid() != uid
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:  # a container may run under a number that has no name
        return ServerUser(str(uid), uid, os.getegid() if not drops else uid, drops)
    return ServerUser(entry.pw_name, uid, entry.pw_gid, drops)
