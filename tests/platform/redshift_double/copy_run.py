"""copy_run.py: acts a COPY out inside the client's own transaction, and writes the history of loads beside it."""

import contextlib
import datetime

import psycopg2
import wire
from copy_parquet import TableColumn, check_file, source_files, text_batches
from refusals import RefusedError

_COLUMNS = """select a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull from pg_attribute a
where a.attrelid = '{table}'::regclass and a.attnum > 0 and not a.attisdropped order by a.attnum"""


class ServerError(Exception):
    """PostgreSQL itself answered with an error; `messages` go to the client as they are."""

    def __init__(self, messages):
        super().__init__("refused by the server")
        self.messages = messages


class CopyRun:
    def __init__(self, session, statement, settings):
        self.session, self.statement, self.settings = session, statement, settings
        self.began = datetime.datetime.now(datetime.UTC).replace(tzinfo=None)
        self.rows = self.bytes = 0
        self.lines = []  # (url, bytes, rows)
        self.file = None

    def run(self):
        """Rows loaded. RefusedError or ServerError when not; then nothing of this COPY is visible."""
        try:
            self._check_role()
            columns = self._columns()
            files = source_files(self.settings.store, self.statement)
            for self.file in files:
                check_file(self.settings.store, self.file, columns)
            self._send(files, columns)
        except RefusedError as refused:
            self._note_history("aborted", refused)
            raise
        self._note_history("completed")
        return self.rows

    def _check_role(self):
        role = self.statement.role
        if role == "default" or role == self.settings.role_arn:
            return
        raise RefusedError("role", "User arn:aws:redshift:us-east-1:000000000000:dbuser:double/user is not authorized to assume IAM "
                      f"Role {role}")  # fmt: skip

    def _columns(self):
        table = self.statement.table.replace("'", "''")
        rows = self.session.ask(_COLUMNS.format(table=table))
        return [TableColumn(name, kind, flag == "t") for name, kind, flag in rows]

    def _send(self, files, columns):
        backend = self.session.backend
        backend.send(wire.query(f"copy {self.statement.table} from stdin (format csv)"))
        self._expect(b"G")
        try:
            for self.file in files:
                before = self.rows
                for rows, csv in text_batches(self.file, columns):
                    backend.send(wire.message(b"d", csv))
                    self.rows += rows
                self.lines.append((self.file.url, self.file.bytes, self.rows - before))
                self.bytes += self.file.bytes
        except RefusedError as refused:
            # PostgreSQL ends the statement; the words are ours.
            backend.send(wire.message(b"f", wire.text("refused by the double")))
            fields = {"S": "ERROR", "C": refused.state, "M": refused.message, "D": refused.detail or refused.message}
            words = wire.error(fields)[5:]
            self._note_history("aborted", refused)
            raise ServerError([(k, words if k == b"E" else body) for k, body in self.session.drain()]) from refused
        backend.send(wire.message(b"c"))
        self._finish()

    def _expect(self, kind):
        found, body = self.session.backend.message()
        while found == b"N":
            found, body = self.session.backend.message()
        if found != kind:
            raise ServerError([(found, body), *self.session.drain()])

    def _finish(self):
        messages = self.session.drain()
        if any(kind == b"E" for kind, _ in messages):
            raise ServerError(messages)

    def _note_history(self, status, refused=None):
        ended = datetime.datetime.now(datetime.UTC).replace(tzinfo=None)
        with contextlib.closing(self._history_connection()) as connection, connection.cursor() as cursor:
            cursor.execute("select nextval('redshift_shim.query_ids')")
            query_id = cursor.fetchone()[0]
            cursor.execute(
                "insert into redshift_shim.sys_load_history (query_id, status, session_id, database_name, table_name, "
                "start_time, end_time, data_source, loaded_rows, loaded_bytes, source_file_count, source_file_bytes, "
                "error_count) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
                (query_id, status, self.session.pid, self.session.database, self.statement.table, self.began, ended,
                 self.statement.source, 0 if refused else self.rows, 0 if refused else self.bytes, len(self.lines), self.bytes,
                 1 if refused else 0),
            )  # fmt: skip
            for url, count, rows in [] if refused else self.lines:
                cursor.execute(
                    "insert into redshift_shim.sys_load_detail (query_id, file_name, bytes_scanned, lines_scanned, record_time) "
                    "values (%s, %s, %s, %s, %s)", (query_id, url[:256], count, rows, ended),
                )  # fmt: skip
            if refused:
                cursor.execute(
                    "insert into redshift_shim.sys_load_error_detail (query_id, session_id, database_name, start_time, "
                    "file_name, error_code, error_message) values (%s, %s, %s, %s, %s, 1, %s)",
                    (query_id, self.session.pid, self.session.database, self.began,
                     (self.file.url if self.file else self.statement.source)[:256], refused.reason[:512]),
                )  # fmt: skip

    def _history_connection(self):
        connection = psycopg2.connect(
            host="127.0.0.1", port=self.settings.postgres_port, user="rcml", dbname=self.session.database
        )
        connection.autocommit = True
        return connection
