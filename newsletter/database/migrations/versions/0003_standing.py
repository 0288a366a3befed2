"""Whether an issue may be sent: paused, cancelled, not before a time."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("issues", sa.Column("standing", sa.String(length=9), nullable=False, server_default="open"))
    op.add_column("issues", sa.Column("why", sa.Text(), nullable=False, server_default=""))
    op.add_column("issues", sa.Column("not_before", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("issues", "not_before")
    op.drop_column("issues", "why")
    op.drop_column("issues", "standing")
