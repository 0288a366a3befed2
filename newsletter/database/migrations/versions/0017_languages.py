"""The languages of the mail that each recipient gets: one issue may be in Welsh, in English, or in both."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("language", sa.String(length=35), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("deliveries", "language")
