"""A mail that is owed about a request, so that it outlives the program; and the topics chosen with it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"

moment = sa.DateTime(timezone=True)
document = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")


def upgrade() -> None:
    op.add_column("requests", sa.Column("topics", document, nullable=False, server_default="{}"))
    # What was asked for before is owed nothing: its mail went, or was lost, long ago.
    op.add_column("requests", sa.Column("mail_at", moment))
    op.add_column("requests", sa.Column("mail_tries", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("requests", sa.Column("mailed_at", moment))
    op.create_index("ix_requests_mail_at", "requests", ["mail_at"])
    op.create_index("ix_requests_mailed_at", "requests", ["mailed_at"])


def downgrade() -> None:
    op.drop_index("ix_requests_mailed_at", "requests")
    op.drop_index("ix_requests_mail_at", "requests")
    for column in ("mailed_at", "mail_tries", "mail_at", "topics"):
        op.drop_column("requests", column)
