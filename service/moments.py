"""How a moment is written for a script."""

from datetime import UTC, datetime


def written(moment: datetime) -> str:
    """A moment in UTC by ISO 8601.

    The database gives moments in the zone of its session, which is somebody's setting: the same
    answer must have the same bytes wherever it is asked for.
    """
    return moment.astimezone(UTC).isoformat()
