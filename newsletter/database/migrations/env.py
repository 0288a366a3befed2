"""Where Alembic starts; newsletter.database.engine always passes it the connection."""

from alembic import context

from newsletter.database.tables import metadata as send_log
from subscribers.tables import metadata as people

context.configure(
    connection=context.config.attributes["connection"], target_metadata=[people, send_log], render_as_batch=True
)
context.run_migrations()
