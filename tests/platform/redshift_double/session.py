"""session.py: one client of the double: signs it in, passes its messages on, and steps in where Redshift differs.

A refusal is raised inside PostgreSQL, by a function that does nothing else: so the state of the transaction after an error
is PostgreSQL's own, on either protocol, and nothing here has to imitate it.
"""

import hashlib
import json
import os
import re
import struct

import sql_text
import wire
from copy_run import CopyRun, ServerError
from copy_statement import is_copy, parse_copy
from refusals import RefusedError, refused_construct

# Parameters that PostgreSQL would not know: the drivers of Redshift send them.
_PASSED_ON = {"application_name", "client_encoding"}
_SHA256_USER = "sha256_user"  # Whoever signs in so is asked for what libpq does not speak.


def _literal(text):
    return "'" + text.replace("'", "''").replace("\0", "") + "'"


def refuse_sql(refused):
    return f"select redshift_shim.refuse({_literal(refused.state)}, {_literal(refused.message)}, {_literal(refused.detail)})"


def as_redshift(fields):
    """An error of PostgreSQL as Redshift words it, where a client may look at it."""
    if fields.get("C") == "40001":
        return {
            "S": "ERROR", "C": "XX000", "M": "1023",
            "D": "Serializable isolation violation on table - 100, transactions forming the cycle are: 1, 2",
        }  # fmt: skip
    limit = re.match(r"rs_bytes_(\d+)_", fields.get("n", ""))
    if fields.get("C") == "23514" and limit:
        return {"S": "ERROR", "C": "22001", "M": f"value too long for type character varying({limit[1]})"}
    if "redshift_shim" in fields.get("W", "") or "refuse(" in fields.get("W", ""):
        return {key: value for key, value in fields.items() if key in "SCMD"}  # How it was raised is nobody's business.
    return fields


class Session:
    def __init__(self, sock, settings):
        self.client = wire.Stream(sock)
        self.settings = settings
        self.backend = None
        self.database = ""
        self.pid = 0

    def run(self):
        try:
            if self._sign_in():
                self._serve()
        except wire.GoneError:
            pass
        finally:
            # PostgreSQL rolls back what was open.
            for stream in (self.client, self.backend):
                if stream is not None:
                    stream.close()

    # Signing in.

    def _sign_in(self):
        while True:
            code, body = wire.read_startup(self.client)
            if code == wire.CANCEL_REQUEST:
                wire.connect(self.settings.postgres_port).send(struct.pack("!II", len(body) + 8, code) + body)
                return False
            if code == wire.VERSION_3:
                break
            self._answer_tls(code)
        parts = body.rstrip(b"\0").decode().split("\0")
        parameters = dict(zip(parts[::2], parts[1::2], strict=False))
        user = parameters.get("user", "")
        self.database = parameters.get("database", user)
        if user == _SHA256_USER:
            self.client.send(wire.message(b"R", struct.pack("!II", 13, 0) + os.urandom(28)))
            return False
        if not self._is_password_right(user):
            self.client.send(wire.error({
                "S": "FATAL", "C": "28000", "M": f'password authentication failed for user "{user}"'}))  # fmt: skip
            return False
        return self._open_backend(parameters)

    def _answer_tls(self, code):
        if code == wire.SSL_REQUEST and self.settings.tls is not None:
            self.client.send(b"S")
            try:
                self.client = wire.Stream(self.settings.tls.wrap_socket(self.client.sock, server_side=True))
            except OSError as error:
                raise wire.GoneError from error
        else:
            self.client.send(b"N")

    def _is_password_right(self, user):
        salt = os.urandom(4)
        self.client.send(wire.message(b"R", struct.pack("!I", 5) + salt))
        kind, body = self.client.message()
        inner = hashlib.md5((self.settings.password + user).encode()).hexdigest()
        wanted = "md5" + hashlib.md5(inner.encode() + salt).hexdigest()
        return kind == b"p" and body.rstrip(b"\0").decode() == wanted and user == self.settings.user

    def _open_backend(self, parameters):
        self.backend = wire.connect(self.settings.postgres_port)
        passed = {key: value for key, value in parameters.items() if key in _PASSED_ON}
        options = (
            '-c search_path="$user",public,redshift_shim -c timezone=UTC -c statement_timeout=0 '
            f"-c default_transaction_isolation={self.settings.isolation}"
        )
        self.backend.send(wire.startup({**passed, "user": "rcml", "database": self.database, "options": options}))
        while True:
            kind, body = self.backend.message()
            if kind == b"S" and body.startswith(b"server_version\0"):
                body = b"server_version\0" + b"8.0.2\0"
            if kind == b"K":
                self.pid = struct.unpack_from("!I", body)[0]
            self.client.send(wire.message(kind, body))
            if kind in (b"E", b"Z"):
                return kind == b"Z"

    # Passing on.

    def _serve(self):
        while True:
            for stream in wire.wait_readable([self.client, self.backend]):
                stream.receive_more()
            while (found := self.backend.next_message()) is not None:
                self._to_client(*found)
            while (found := self.client.next_message()) is not None:
                self._from_client(*found)

    def _to_client(self, kind, body):
        if kind == b"E":
            self.client.send(wire.error(as_redshift(wire.fields_of(body))))
        else:
            self.client.send(wire.message(kind, body))

    def _from_client(self, kind, body):
        if kind == b"Q":
            self._simple_query(body[:-1].decode())
        elif kind == b"P":
            name, sql, rest = body.split(b"\0", 2)
            self.backend.send(wire.message(kind, name + b"\0" + self._prepared(sql.decode()).encode() + b"\0" + rest))
        else:
            self.backend.send(wire.message(kind, body))

    def _prepared(self, sql):
        self._note(sql)
        masked = sql_text.Masked(sql)
        if is_copy(masked.text) or re.match(r"\s*truncate\b", masked.text, re.I):
            refused = RefusedError("prepared", "The double acts out COPY and TRUNCATE in simple queries only", "0A000")
        else:
            refused = refused_construct(masked.text)
        return refuse_sql(refused) if refused else masked.fill(sql_text.to_postgres(masked.text))

    # Simple queries: each statement by itself, so that a special one may stand among others.

    def _simple_query(self, sql):
        self._note(sql)
        masked = sql_text.Masked(sql)
        statements = sql_text.split_statements(masked) or [""]
        last = b"I"
        for statement in statements:
            messages = self._run_statement(masked, statement)
            for kind, body in messages:
                if kind != b"Z":
                    self._to_client(kind, body)
                else:
                    last = body
            if any(kind == b"E" for kind, _ in messages):
                break
        self.client.send(wire.message(b"Z", last))

    def _run_statement(self, masked, statement):
        try:
            if is_copy(statement):
                return self._copy(parse_copy(masked, statement))
            refused = refused_construct(statement) or self._race_to_lose(masked.fill(statement))
            if refused:
                raise refused
        except RefusedError as refusal:
            messages = self.exchange(refuse_sql(refusal))
            # A COMMIT that fails ends the transaction all the same.
            is_commit = re.match(r"\s*(commit|end)\b", statement, re.I)
            return [*messages[:-1], self.exchange("rollback")[-1]] if is_commit else messages
        sql = masked.fill(sql_text.to_postgres(statement))
        if re.match(r"\s*truncate\b", statement, re.I):
            return self._truncate(sql)
        return self.exchange(sql)

    def _race_to_lose(self, sql):
        """A test may ask that the first statement which holds a text loses a race."""
        trigger = self.settings.race_to_lose
        if trigger is None or not trigger.exists() or trigger.read_text() not in sql:
            return None
        trigger.unlink()
        return RefusedError("race", "1023", "40001")

    def _copy(self, statement):
        try:
            rows = CopyRun(self, statement, self.settings).run()
        except ServerError as refused:
            return refused.messages
        state = self.exchange(f"select set_config('redshift_shim.copy_count', '{rows}', false)")[-1]
        info = {
            "S": "INFO",
            "C": "00000",
            "M": f"Load into table '{statement.table}' completed, {rows} record(s) loaded successfully.",
        }
        notice = (b"N", wire.error(info, b"N")[5:])
        return [notice, (b"C", wire.text("COPY")), state]

    def _truncate(self, sql):
        """TRUNCATE commits the transaction it is in."""
        messages = self.exchange(sql)
        if messages[-1] == (b"Z", b"T"):
            messages = [*messages[:-1], self.exchange("commit")[-1]]
        return messages

    def exchange(self, sql):
        """All messages of one simple query, ReadyForQuery at the end."""
        self.backend.send(wire.query(sql))
        return self.drain()

    def drain(self):
        messages = [self.backend.message()]
        while messages[-1][0] != b"Z":
            messages.append(self.backend.message())
        return messages

    def ask(self, sql):
        """Rows of a query of our own, as text, within the client's transaction."""
        messages = self.exchange(sql)
        if any(kind == b"E" for kind, _ in messages):
            raise ServerError(messages)
        return [wire.data_row_values(body) for kind, body in messages if kind == b"D"]

    def _note(self, sql):
        if self.settings.statements is not None:
            self.settings.statements.write(json.dumps({"pid": self.pid, "sql": sql}) + "\n")
            self.settings.statements.flush()
