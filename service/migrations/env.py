"""Runs migrations on the connection that ``service.repository.Database.migrate`` hands in.

It works on one open connection only, so that on both databases a migration is one
transaction: it happens whole or not at all.
"""

from alembic import context

from service.tables import Base

__all__: list[str] = []

connection = context.config.attributes.get("connection")
if connection is None:
    raise RuntimeError(
        "migrations run through service.repository.Database.migrate(), which hands in its"
        " open connection; they are not run by the alembic command"
    )
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    compare_type=True,
    render_as_batch=connection.dialect.name == "sqlite",
)
context.run_migrations()
