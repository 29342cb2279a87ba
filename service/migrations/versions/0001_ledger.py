"""The ledger: roles, events, state rows, register, positions, seals, parties."""

from importlib.resources import files

from alembic import context, op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create everything, and the one row that says what kind of ledger this is."""
    text = (files("service") / "migrations" / "versions" / "0001_ledger.sql").read_text()
    driver = op.get_bind().connection.driver_connection
    if driver is None:
        raise RuntimeError("alembic gave no connection")
    driver.execute(text)
    sandbox = context.config.attributes["sandbox"]
    driver.execute("INSERT INTO ledger.meta (sandbox) VALUES (%s)", (sandbox,))
