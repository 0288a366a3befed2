"""Deeds: what people did, in a chain of hashes; and what was asked for approval, and what approvers answered."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0014"
down_revision = "0013"

moment = sa.DateTime(timezone=True)
document = sa.JSON().with_variant(JSONB(), "postgresql")

ON_SQLITE = """
CREATE TRIGGER deeds_no_{word} BEFORE {word} ON deeds
BEGIN SELECT RAISE(ABORT, 'deeds are never changed'); END
"""
ON_POSTGRESQL = (
    """
    CREATE FUNCTION deeds_are_never_changed() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'deeds are never changed'; END $$
    """,
    """
    CREATE TRIGGER deeds_no_change BEFORE UPDATE OR DELETE ON deeds
    FOR EACH ROW EXECUTE FUNCTION deeds_are_never_changed()
    """,
)


def upgrade() -> None:
    op.create_table(
        "deeds",
        sa.Column("number", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("what", sa.String(length=40), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_deeds"),
    )
    sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in [ON_SQLITE.format(word=word) for word in ("UPDATE", "DELETE")] if sqlite else ON_POSTGRESQL:
        op.execute(statement)
    op.create_table(
        "approval_requests",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("post", sa.Text(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("content", document, nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asker", sa.String(length=40), nullable=False, server_default=""),
        sa.Column("at", moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_approval_requests"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_approval_requests_hash", "approval_requests", ["hash"])
    op.create_table(
        "approvals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("approver", sa.String(length=200), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("yes", sa.Boolean(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"], ["approval_requests.id"], name="fk_approvals_request_id_approval_requests"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_approvals"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_approvals_request_id", "approvals", ["request_id"])
    op.create_table(
        "releases",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer()),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.ForeignKeyConstraint(["issue_id"], ["issues.id"], name="fk_releases_issue_id_issues"),
        sa.ForeignKeyConstraint(
            ["request_id"], ["approval_requests.id"], name="fk_releases_request_id_approval_requests"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_releases"),
        sa.UniqueConstraint("request_id", name="uq_releases_request_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_releases_issue_id", "releases", ["issue_id"])


def downgrade() -> None:
    op.drop_table("releases")
    op.drop_table("approvals")
    op.drop_table("approval_requests")
    op.drop_table("deeds")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION deeds_are_never_changed()")
