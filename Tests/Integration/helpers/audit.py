"""What the daemon wrote down, read as an operator would: plain SQL on the public columns."""

import psycopg2
import psycopg2.extras

NO_TABLE_YET = (psycopg2.errors.UndefinedTable, psycopg2.errors.InvalidSchemaName)


class Audit:
    """Reads the tables of one database; lives through restarts of the server."""

    def __init__(self, dsn, schema="notifications"):
        self.dsn = dsn
        self.schema = schema
        self._connection = None

    def query(self, sql, *parameters):
        """All rows as dictionaries; none while the table is not there yet or the server is away."""
        try:
            with self._cursor() as cursor:
                cursor.execute(sql, parameters)
                return [dict(row) for row in cursor.fetchall()] if cursor.description else []
        except NO_TABLE_YET:
            return []
        except (psycopg2.OperationalError, psycopg2.InterfaceError):
            self.close()
            return []

    def close(self):
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def log(self, **where):
        """Rows of `notification_log`, oldest first: `log(event_id="e1", channel="sms")`."""
        return self._rows("notification_log", "created_at, id", where)

    def row(self, event_id, **where):
        """The one row of an event, or None while there is none."""
        rows = self.log(event_id=event_id, **where)
        assert len(rows) <= 1, f"event {event_id} has {len(rows)} rows of notification_log, not one: {rows}"
        return rows[0] if rows else None

    def attempts(self, notification_id):
        return self._rows("delivery_attempt", "started_at, attempt", {"notification_id": notification_id})

    def dead_letters(self, **where):
        return self._rows("dead_letter", "id", where)

    def parked(self, **where):
        return self._rows("parked", "due_at", where)

    def contact(self, recipient_id):
        rows = self._rows("contact", "recipient_id", {"recipient_id": recipient_id})
        return rows[0] if rows else None

    def suppressions(self):
        return self._rows("suppression", "at", {})

    def operator_actions(self):
        return self._rows("operator_action", "at", {})

    def statuses(self):
        """How many rows of the log have which status."""
        rows = self.query(f"SELECT status, count(*) AS n FROM {self.schema}.notification_log GROUP BY status")
        return {row["status"]: row["n"] for row in rows}

    def count(self, table, **where):
        rows = self._select("count(*) AS n", table, where, "")
        return rows[0]["n"] if rows else 0

    def _rows(self, table, order, where):
        return self._select("*", table, where, f" ORDER BY {order}")

    def _select(self, columns, table, where, ending):
        condition = " AND ".join(f"{name} = %s" for name in where) or "true"
        sql = f"SELECT {columns} FROM {self.schema}.{table} WHERE {condition}{ending}"
        return self.query(sql, *where.values())

    def _cursor(self):
        if self._connection is None or self._connection.closed:
            self._connection = psycopg2.connect(self.dsn, connect_timeout=5)
            self._connection.autocommit = True
        return self._connection.cursor(cursor_factory=psycopg2.extras.RealDictCursor)
