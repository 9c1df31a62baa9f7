"""Reading Postgres the way another team would."""

import psycopg2
import psycopg2.extras

from .deadlines import wait_until


class Database:
    """A session that commits each statement; rows are dictionaries. Tables are named in full: notifications.event."""

    def __init__(self, url):
        self.connection = psycopg2.connect(url, connect_timeout=10, cursor_factory=psycopg2.extras.RealDictCursor)
        self.connection.autocommit = True

    def rows(self, sql, *parameters):
        """All rows of a query; `%s` stands for a parameter."""
        with self.connection.cursor() as cursor:
            cursor.execute(sql, parameters or None)
            return [dict(row) for row in cursor.fetchall()]

    def one(self, sql, *parameters):
        """The only row; None where there is none."""
        found = self.rows(sql, *parameters)
        if len(found) > 1:
            raise AssertionError(f"{len(found)} rows where one was expected: {sql}")
        return found[0] if found else None

    def value(self, sql, *parameters):
        """The only row's only column; None where there is no row."""
        row = self.one(sql, *parameters)
        return next(iter(row.values())) if row else None

    def execute(self, sql, *parameters):
        """A statement without rows. Returns how many it touched."""
        with self.connection.cursor() as cursor:
            cursor.execute(sql, parameters or None)
            return cursor.rowcount

    def wait_for(self, sql, *parameters, expected=True, timeout=15):
        """Waits until `value` of the query is `expected` and returns it."""
        last = None

        def is_there():
            nonlocal last
            last = self.value(sql, *parameters)
            return last == expected

        wait_until(is_there, timeout, lambda: f"{sql} {parameters} is {expected!r}; it is {last!r}")
        return last

    def close(self):
        self.connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
