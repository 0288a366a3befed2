"""The list of people, and the send log."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None

moment = sa.DateTime(timezone=True)
document = sa.JSON().with_variant(JSONB(), "postgresql")


def _one_of(column: str, *words: str) -> str:
    # With IN, SQLite would make a table of the words for every row that is written.
    return " OR ".join(f"{column} = '{word}'" for word in words)


def upgrade() -> None:
    op.create_table(
        "subscribers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("first_name", sa.Text(), nullable=False),
        sa.Column("last_name", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=35), nullable=False),
        sa.Column("tags", document, nullable=False),
        sa.Column("fields", document, nullable=False),
        sa.Column("consent", sa.String(length=9), nullable=False),
        sa.Column("joined_at", moment, nullable=False),
        sa.CheckConstraint(
            _one_of("consent", "pending", "confirmed", "withdrawn"), name=op.f("ck_subscribers_consent")
        ),
        sa.PrimaryKeyConstraint("id", name="pk_subscribers"),
        sa.UniqueConstraint("address", name="uq_subscribers_address"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "suppressions",
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.PrimaryKeyConstraint("address", name="pk_suppressions"),
    )
    op.create_table(
        "consents",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subscriber_id", sa.Integer(), nullable=False),
        sa.Column("consent", sa.String(length=9), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("wording", sa.Text(), nullable=False),
        sa.Column("network_address", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscribers.id"], name="fk_consents_subscriber_id", ondelete="CASCADE"
        ),
        sa.CheckConstraint(_one_of("consent", "pending", "confirmed", "withdrawn"), name=op.f("ck_consents_consent")),
        sa.PrimaryKeyConstraint("id", name="pk_consents"),
    )
    op.create_index("ix_consents_subscriber_id", "consents", ["subscriber_id"], unique=False)
    op.create_table(
        "issues",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("post", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("frozen_at", moment, nullable=False),
        sa.Column("content", document, nullable=False),
        sa.Column("candidates", sa.Integer(), nullable=False),
        sa.Column("frozen", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_issues"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_issues_fingerprint", "issues", ["fingerprint"], unique=False)
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("subscriber_id", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("first_name", sa.Text(), nullable=False),
        sa.Column("last_name", sa.Text(), nullable=False),
        sa.Column("fields", document, nullable=False),
        sa.Column("state", sa.String(length=9), nullable=False),
        sa.Column("dotted", sa.Boolean(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("retry_at", moment, nullable=True),
        sa.Column("code", sa.Integer(), nullable=True),
        sa.Column("reply", sa.Text(), nullable=True),
        sa.Column("at", moment, nullable=True),
        sa.ForeignKeyConstraint(["issue_id"], ["issues.id"], name="fk_deliveries_issue_id"),
        sa.CheckConstraint(
            _one_of("state", "queued", "sending", "accepted", "deferred", "refused", "expired", "skipped", "uncertain"),
            name=op.f("ck_deliveries_state"),
        ),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
        sa.UniqueConstraint("issue_id", "address", name="uq_deliveries_issue_id_address"),
    )
    op.create_index(
        "ix_deliveries_deferred",
        "deliveries",
        ["issue_id", "retry_at"],
        unique=False,
        sqlite_where=sa.text("state = 'deferred'"),
        postgresql_where=sa.text("state = 'deferred'"),
    )
    op.create_index(
        "ix_deliveries_queued",
        "deliveries",
        ["issue_id", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'queued'"),
        postgresql_where=sa.text("state = 'queued'"),
    )
    op.create_index(
        "ix_deliveries_sending",
        "deliveries",
        ["issue_id", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'sending'"),
        postgresql_where=sa.text("state = 'sending'"),
    )
    op.create_table(
        "exclusions",
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("subscriber_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(["issue_id"], ["issues.id"], name="fk_exclusions_issue_id"),
        sa.PrimaryKeyConstraint("issue_id", "subscriber_id", name="pk_exclusions"),
    )
    op.create_table(
        "attempts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("stage", sa.String(length=12), nullable=False),
        sa.Column("code", sa.Integer(), nullable=True),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["delivery_id"], ["deliveries.id"], name="fk_attempts_delivery_id"),
        sa.PrimaryKeyConstraint("id", name="pk_attempts"),
    )
    op.create_index("ix_attempts_delivery_id", "attempts", ["delivery_id"], unique=False)


def downgrade() -> None:
    op.drop_table("attempts")
    op.drop_table("exclusions")
    op.drop_table("deliveries")
    op.drop_table("issues")
    op.drop_table("consents")
    op.drop_table("suppressions")
    op.drop_table("subscribers")
