"""Topics, and who declined which; whether an issue stands in the public archive."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"

moment = sa.DateTime(timezone=True)
document = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")


def upgrade() -> None:
    op.create_table(
        "topics",
        sa.Column("slug", sa.String(length=64), nullable=False),
        sa.Column("titles", document, nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.PrimaryKeyConstraint("slug", name="pk_topics"),
    )
    op.create_table(
        "declines",
        sa.Column("subscriber_id", sa.Integer(), nullable=False),
        sa.Column("topic", sa.String(length=64), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscribers.id"], name="fk_declines_subscriber_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("subscriber_id", "topic", name="pk_declines"),
    )
    op.add_column("issues", sa.Column("topic", sa.String(length=64), nullable=False, server_default=""))
    op.add_column("issues", sa.Column("listed", sa.Boolean(), nullable=False, server_default=sa.true()))
    # Because what went to a part of the list was not meant for everybody.
    op.execute("UPDATE issues SET listed = (segment = '')")


def downgrade() -> None:
    op.drop_column("issues", "listed")
    op.drop_column("issues", "topic")
    op.drop_table("declines")
    op.drop_table("topics")
