-- The database of version 2, as the migrations make it. A test compares.

CREATE TABLE acks (
    sn      TEXT    NOT NULL,
    key     TEXT    NOT NULL,
    seen_at INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (sn, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX acks_by_time ON acks (seen_at);

CREATE TABLE documents (
    id         TEXT    NOT NULL PRIMARY KEY,
    name       TEXT    NOT NULL DEFAULT '',
    kind       TEXT    NOT NULL DEFAULT '',
    size       INTEGER NOT NULL DEFAULT 0,
    sha256     TEXT    NOT NULL DEFAULT '',
    created_at INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE jobs (
    number          INTEGER PRIMARY KEY AUTOINCREMENT, -- the order of acceptance; device time never orders jobs (MQ-11)
    id              TEXT    NOT NULL UNIQUE,
    printer         TEXT    NOT NULL,
    title           TEXT    NOT NULL DEFAULT '',
    document_name   TEXT    NOT NULL DEFAULT '',
    document_kind   TEXT    NOT NULL DEFAULT '',
    document_size   INTEGER NOT NULL DEFAULT 0,
    document_sha256 TEXT    NOT NULL DEFAULT '',
    content_hash    TEXT    NOT NULL DEFAULT '', -- document, printer and options: what makes two requests the same
    options_json    TEXT    NOT NULL DEFAULT '{}',
    reference       TEXT    NOT NULL DEFAULT '', -- what the caller gave, for exactly-once acceptance
    caller          TEXT    NOT NULL DEFAULT '',
    simulated       INTEGER NOT NULL DEFAULT 0,
    reprint_of      TEXT    NOT NULL DEFAULT '',
    state           TEXT    NOT NULL DEFAULT 'waiting',
    attempt         INTEGER NOT NULL DEFAULT 0,  -- the n of SENDING(n)
    progress        REAL    NOT NULL DEFAULT -1, -- 0 to 1
    detail          TEXT    NOT NULL DEFAULT '',
    platform_job    TEXT    NOT NULL DEFAULT '', -- the platform's name for the job
    client_ref      TEXT    NOT NULL DEFAULT '', -- our name for the job, as the platform was given it
    fault_json      TEXT    NOT NULL DEFAULT '',
    pages           INTEGER NOT NULL DEFAULT -1,
    total_files     INTEGER NOT NULL DEFAULT -1,
    accepted_at     INTEGER NOT NULL DEFAULT 0,
    changed_at      INTEGER NOT NULL DEFAULT 0
, bytes_total        INTEGER NOT NULL DEFAULT -1, bytes_sent         INTEGER NOT NULL DEFAULT -1, bytes_acknowledged INTEGER NOT NULL DEFAULT -1, bytes_left         INTEGER NOT NULL DEFAULT 0, counter_before     INTEGER NOT NULL DEFAULT -1, starts_later       INTEGER NOT NULL DEFAULT -1) STRICT;

CREATE INDEX jobs_by_client_ref ON jobs (client_ref) WHERE client_ref <> '';

CREATE INDEX jobs_by_content ON jobs (caller, content_hash);

CREATE INDEX jobs_by_platform_job ON jobs (printer, platform_job) WHERE platform_job <> '';

CREATE INDEX jobs_by_printer ON jobs (printer, number);

CREATE INDEX jobs_by_reference ON jobs (caller, reference) WHERE reference <> '';

CREATE INDEX jobs_open ON jobs (number) WHERE state NOT IN ('done', 'failed', 'cancelled');

CREATE TABLE printers (
    sn          TEXT    NOT NULL PRIMARY KEY,
    name        TEXT    NOT NULL DEFAULT '',
    model       TEXT    NOT NULL DEFAULT '',
    profile     TEXT    NOT NULL DEFAULT '',
    tenant      TEXT    NOT NULL DEFAULT '',
    user        TEXT    NOT NULL DEFAULT '',
    simulated   INTEGER NOT NULL DEFAULT 0,
    bound_at    INTEGER NOT NULL DEFAULT 0,
    width_dots  INTEGER NOT NULL DEFAULT -1,
    state_json  TEXT    NOT NULL DEFAULT '',
    online      INTEGER NOT NULL DEFAULT -1, -- 1 online, 0 offline
    last_heard  INTEGER NOT NULL DEFAULT 0
, channel     TEXT NOT NULL DEFAULT 'cloud', ble_serial  TEXT NOT NULL DEFAULT '', ble_address TEXT NOT NULL DEFAULT '', ble_name    TEXT NOT NULL DEFAULT '') STRICT;

CREATE TABLE profiles (
    name      TEXT    NOT NULL PRIMARY KEY,
    toml      TEXT    NOT NULL DEFAULT '',
    ca_pem    TEXT    NOT NULL DEFAULT '',
    simulated INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE settings (
    key   TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL DEFAULT ''
) STRICT;
