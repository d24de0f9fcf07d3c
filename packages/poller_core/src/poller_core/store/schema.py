"""The tables, as migrations: each runs in one transaction together with the record that it ran.

What people query (``connections``, ``sync_log``, ``retry_queue``, ``sent_orders``) are views with the specification's
columns over narrower tables: integer keys, times in milliseconds, nothing twice. Three kinds of tables lie
underneath: the log and its bodies; projections, which a rebuild empties and folds again; and operational state
(cursors, polls, secrets, requests), which no rebuild touches.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database, Migrations

APPLICATION_ID = 0x4F504F4C  # "OPOL"
SCHEMA_VERSION = 1

_LOG = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value ANY) STRICT, WITHOUT ROWID;

CREATE TABLE events (
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  subject INTEGER NOT NULL,   -- connection number; negative: endpoint number; 0: the installation
  order_id INTEGER NOT NULL,  -- sale.order id; 0: the subject's own stream
  version INTEGER NOT NULL,   -- 1, 2, 3 ... inside (subject, order_id)
  type TEXT NOT NULL,
  at INTEGER NOT NULL,        -- milliseconds since 1970 UTC, never backwards
  data TEXT NOT NULL,
  hash BLOB NOT NULL          -- SHA-256 over the hash before it and this row
) STRICT;
CREATE UNIQUE INDEX events_stream ON events(subject, order_id, version);

-- Bodies of orders that still wait, as they are sent; and of rejected orders, as Odoo gave them.
CREATE TABLE bodies (position INTEGER PRIMARY KEY, salt BLOB NOT NULL, body TEXT NOT NULL) STRICT;
-- Bodies of settled orders, compressed. They move here so that the pages of bodies are used again.
CREATE TABLE archive (position INTEGER PRIMARY KEY, salt BLOB NOT NULL, body BLOB NOT NULL) STRICT;
-- The customer's own reference, for searching only: erased with the body.
CREATE TABLE reference (text TEXT NOT NULL, position INTEGER NOT NULL, PRIMARY KEY (text, position))
  STRICT, WITHOUT ROWID;
CREATE INDEX reference_position ON reference(position);
"""

_PROJECTIONS = """
CREATE TABLE endpoint (
  number INTEGER PRIMARY KEY, url TEXT NOT NULL UNIQUE, health TEXT NOT NULL DEFAULT '{}', last_error TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE TABLE connection (
  number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
  odoo_url TEXT NOT NULL, odoo_db TEXT NOT NULL, odoo_username TEXT NOT NULL,
  webhook_url TEXT NOT NULL, endpoint INTEGER NOT NULL, store_id TEXT NOT NULL, client_id TEXT NOT NULL,
  polling_interval_seconds INTEGER NOT NULL, sync_from TEXT NOT NULL, protocol TEXT NOT NULL,
  min_interval_ms INTEGER NOT NULL, overlap_seconds INTEGER NOT NULL, max_attempts INTEGER NOT NULL, ca_file TEXT NOT NULL,
  active INTEGER NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
  removed_at INTEGER NOT NULL DEFAULT 0,
  health TEXT NOT NULL DEFAULT '{}',           -- of its deliveries
  failing TEXT NOT NULL DEFAULT '',            -- kind of the polls' failing state
  failing_since INTEGER NOT NULL DEFAULT 0,
  last_error TEXT NOT NULL DEFAULT '', last_error_at INTEGER NOT NULL DEFAULT 0,
  version INTEGER NOT NULL                     -- of its own stream
) STRICT;
CREATE UNIQUE INDEX connection_name ON connection(name) WHERE removed_at = 0;
CREATE INDEX connection_endpoint ON connection(endpoint);

CREATE TABLE outbox (
  position INTEGER PRIMARY KEY,  -- of its PayloadBuilt: joins the body
  connection INTEGER NOT NULL, order_id INTEGER NOT NULL,
  number TEXT NOT NULL, webhook_id TEXT NOT NULL,
  status INTEGER NOT NULL,       -- 0 PENDING, 1 SUCCESS, 2 FAILED, 3 DISCARDED
  tries INTEGER NOT NULL, failures INTEGER NOT NULL,
  created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
  first_tried_at INTEGER NOT NULL, due_at INTEGER NOT NULL,
  cause TEXT NOT NULL, last_error TEXT NOT NULL,
  version INTEGER NOT NULL       -- of the order's stream
) STRICT;
CREATE UNIQUE INDEX outbox_order ON outbox(connection, order_id);
CREATE INDEX outbox_due ON outbox(connection, due_at) WHERE status = 0;
CREATE INDEX outbox_failed ON outbox(connection, position) WHERE status = 2;
CREATE INDEX outbox_settled_late ON outbox(position) WHERE status = 3 OR (status = 1 AND tries > 1);
CREATE INDEX outbox_number ON outbox(number);

CREATE TABLE rejected (
  connection INTEGER NOT NULL, order_id INTEGER NOT NULL, position INTEGER NOT NULL, number TEXT NOT NULL,
  write_date TEXT NOT NULL, issues TEXT NOT NULL, at INTEGER NOT NULL, version INTEGER NOT NULL,
  PRIMARY KEY (connection, order_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE tally (
  connection INTEGER PRIMARY KEY, captured INTEGER NOT NULL, sent INTEGER NOT NULL, pending INTEGER NOT NULL,
  failed INTEGER NOT NULL, discarded INTEGER NOT NULL, rejected INTEGER NOT NULL
) STRICT;
CREATE TABLE hour (
  start INTEGER NOT NULL, connection INTEGER NOT NULL,
  captured INTEGER NOT NULL, delivered INTEGER NOT NULL, failed INTEGER NOT NULL,
  PRIMARY KEY (start, connection)
) STRICT, WITHOUT ROWID;
"""

_OPERATIONS = """
CREATE TABLE walk (
  connection INTEGER PRIMARY KEY, cursor TEXT NOT NULL DEFAULT '', bound TEXT NOT NULL DEFAULT '',
  after_id INTEGER NOT NULL DEFAULT 0, session TEXT NOT NULL DEFAULT '', server_version TEXT NOT NULL DEFAULT '',
  last_sync_at INTEGER NOT NULL DEFAULT 0, last_order_id INTEGER NOT NULL DEFAULT 0,
  reconciled_at INTEGER NOT NULL DEFAULT 0, sweep TEXT NOT NULL DEFAULT ''
) STRICT;
-- Captured orders whose write_date lies in the window, so that they can be left out of it.
CREATE TABLE seen (
  connection INTEGER NOT NULL, order_id INTEGER NOT NULL, write_date TEXT NOT NULL, PRIMARY KEY (connection, order_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE poll_log (
  id INTEGER PRIMARY KEY AUTOINCREMENT, connection INTEGER NOT NULL, at INTEGER NOT NULL,
  found INTEGER NOT NULL, sent INTEGER NOT NULL, failed INTEGER NOT NULL, error TEXT NOT NULL, duration_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX poll_log_connection ON poll_log(connection, id);
CREATE INDEX poll_log_errors ON poll_log(id) WHERE error <> '';
CREATE TABLE secret (
  connection INTEGER NOT NULL, kind TEXT NOT NULL, token BLOB NOT NULL, until INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (connection, kind)
) STRICT, WITHOUT ROWID;
-- What other commands ask of the running poller, and what came of it.
CREATE TABLE request (
  id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, arguments TEXT NOT NULL, asked_at INTEGER NOT NULL,
  taken_at INTEGER NOT NULL DEFAULT 0, done_at INTEGER NOT NULL DEFAULT 0, result TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE TABLE heartbeat (
  one INTEGER PRIMARY KEY CHECK (one = 1), pid INTEGER NOT NULL, started_at INTEGER NOT NULL, at INTEGER NOT NULL,
  version TEXT NOT NULL
) STRICT;
"""

_TIME = "strftime('%Y-%m-%dT%H:%M:%SZ', {0} / 1000, 'unixepoch')"
_STATUS = (
    "CASE o.status WHEN 0 THEN 'PENDING' WHEN 1 THEN 'SUCCESS' WHEN 2 THEN 'FAILED' ELSE 'DISCARDED' END"
)

_VIEWS = f"""
CREATE VIEW connections AS
SELECT c.id, c.name, c.odoo_url, c.odoo_db, c.odoo_username, k.token AS odoo_api_key, c.webhook_url,
  s.token AS webhook_secret, c.store_id, c.client_id, c.polling_interval_seconds, c.active AS is_active,
  CASE WHEN w.last_sync_at > 0 THEN {_TIME.format("w.last_sync_at")} END AS last_sync_at,
  nullif(w.last_order_id, 0) AS last_sync_order_id,
  {_TIME.format("c.created_at")} AS created_at, {_TIME.format("c.updated_at")} AS updated_at
FROM connection c LEFT JOIN walk w ON w.connection = c.number
LEFT JOIN secret k ON k.connection = c.number AND k.kind = 'api_key'
LEFT JOIN secret s ON s.connection = c.number AND s.kind = 'webhook'
WHERE c.removed_at = 0;

CREATE VIEW sync_log AS
SELECT p.id, c.id AS connection_id, {_TIME.format("p.at")} AS synced_at, p.found AS orders_found, p.sent AS orders_sent,
  p.failed AS orders_failed, nullif(p.error, '') AS error_message, p.duration_ms
FROM poll_log p JOIN connection c ON c.number = p.connection;

CREATE VIEW retry_queue AS
SELECT o.position AS id, c.id AS connection_id, o.order_id AS odoo_order_id,
  'odoo_' || c.odoo_db || '_' || o.order_id AS external_id,
  coalesce(b.body, a.body) AS payload, max(o.failures - 1, 0) AS attempts, c.max_attempts,
  CASE WHEN o.due_at > 0 THEN {_TIME.format("o.due_at")} END AS next_retry_at, nullif(o.last_error, '') AS last_error,
  {_STATUS} AS status, {_TIME.format("o.created_at")} AS created_at, {_TIME.format("o.updated_at")} AS updated_at
FROM outbox o JOIN connection c ON c.number = o.connection
LEFT JOIN bodies b ON b.position = o.position LEFT JOIN archive a ON a.position = o.position
WHERE o.status <> 1 OR o.tries > 1;

CREATE VIEW sent_orders AS
SELECT o.position AS id, c.id AS connection_id, o.order_id AS odoo_order_id,
  'odoo_' || c.odoo_db || '_' || o.order_id AS external_id, {_TIME.format("o.updated_at")} AS sent_at
FROM outbox o JOIN connection c ON c.number = o.connection WHERE o.status = 1;
"""

PROJECTIONS = ("endpoint", "connection", "outbox", "rejected", "tally", "hour")
"""The tables that ``projections rebuild`` empties and folds again from the log."""


def statements(script: str) -> list[str]:
    """A script's statements one by one: ``executescript`` would end the migration's transaction."""
    lines = (line.split("--", 1)[0] for line in script.splitlines())
    return [part.strip() for part in "\n".join(lines).split(";") if part.strip()]


def migrations() -> Migrations:
    """All migrations in order. Imported late: opening an up-to-date database needs none of this."""
    from sqlite_utils import Migrations

    steps = Migrations("poller")

    @steps(name="0001_log_projections_operations")
    def first(db: Database) -> None:
        for script in (_LOG, _PROJECTIONS, _OPERATIONS, _VIEWS):
            for statement in statements(script):
                db.execute(statement)
        db.execute("PRAGMA user_version = 1")

    return steps


__all__ = ["APPLICATION_ID", "PROJECTIONS", "SCHEMA_VERSION", "migrations", "statements"]
