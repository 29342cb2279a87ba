"""The lines of received files, to be searched: personal data beside the ledger."""

from importlib.resources import files

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create the schema `evidence` with its two tables."""
    text = (files("service") / "migrations" / "versions" / "0002_bank_lines.sql").read_text()
    driver = op.get_bind().connection.driver_connection
    if driver is None:
        raise RuntimeError("alembic gave no connection")
    driver.execute(text)
