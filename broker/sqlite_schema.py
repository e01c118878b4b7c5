"""The tables of the center log (pure text). Rows of `log` never change, and leave it in one case only."""

from onedoor.wire.rows import LogRow

SCHEMA = """
CREATE TABLE IF NOT EXISTS log (
    hub_seq INTEGER PRIMARY KEY, dev TEXT NOT NULL, run TEXT NOT NULL, seq INTEGER NOT NULL,
    before TEXT, kind TEXT NOT NULL, body TEXT NOT NULL, boot TEXT NOT NULL, mono INTEGER NOT NULL,
    t_event INTEGER NOT NULL, t_recv INTEGER NOT NULL, quality TEXT NOT NULL, err_ms INTEGER NOT NULL,
    epoch INTEGER NOT NULL, incarnation INTEGER NOT NULL, prev_hash TEXT NOT NULL, hash TEXT NOT NULL,
    stretch INTEGER NOT NULL DEFAULT 0, low_ms INTEGER, salt TEXT NOT NULL DEFAULT '',
    UNIQUE (dev, run, seq)
) STRICT;
CREATE TABLE IF NOT EXISTS state (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS fold_snapshots (
    fold INTEGER NOT NULL, hub_seq INTEGER NOT NULL, hash TEXT NOT NULL, image TEXT NOT NULL, digest TEXT NOT NULL,
    PRIMARY KEY (fold, hub_seq)
) STRICT;
CREATE TABLE IF NOT EXISTS seals (hub_seq INTEGER NOT NULL, day TEXT NOT NULL, seal TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS branches (
    branch INTEGER PRIMARY KEY, kept INTEGER NOT NULL, head TEXT NOT NULL, done INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE IF NOT EXISTS branch_rows (
    branch INTEGER NOT NULL, hub_seq INTEGER NOT NULL, row TEXT NOT NULL, PRIMARY KEY (branch, hub_seq)
) STRICT;
CREATE TABLE IF NOT EXISTS branch_seals (branch INTEGER NOT NULL, seal TEXT NOT NULL) STRICT;
CREATE TRIGGER IF NOT EXISTS log_stays BEFORE UPDATE ON log
    BEGIN SELECT RAISE(ABORT, 'log rows never change'); END;
CREATE VIEW IF NOT EXISTS log_rows AS SELECT * FROM log ORDER BY hub_seq;
"""

LASTS = """CREATE TRIGGER IF NOT EXISTS log_lasts BEFORE DELETE ON log
    BEGIN SELECT RAISE(ABORT, 'log rows are never deleted'); END"""

INSERT = f"INSERT INTO log VALUES ({','.join('?' * len(LogRow.__struct_fields__))})"  # noqa: S608 - only question marks
