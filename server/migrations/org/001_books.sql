-- One row: who this database is. A database restored from a backup gets a new epoch and a new actor.
CREATE TABLE meta (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    epoch BLOB NOT NULL,
    actor BLOB NOT NULL,
    made_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE device (
    id BLOB PRIMARY KEY NOT NULL,
    user BLOB NOT NULL,
    name TEXT NOT NULL,
    actor BLOB NOT NULL,
    last_seen_ms INTEGER NOT NULL,
    clock_off INTEGER NOT NULL DEFAULT 0,
    revoked INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

-- The names devices write under; an actor stays here after its device took another one.
CREATE TABLE actor (
    actor BLOB PRIMARY KEY NOT NULL,
    device BLOB NOT NULL,
    user BLOB NOT NULL,
    last_dseq INTEGER NOT NULL DEFAULT 0,
    announced INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

-- The documents as they stand. Derived from `change`; `body` is derived from `snapshot`.
CREATE TABLE document (
    id BLOB PRIMARY KEY NOT NULL,
    kind TEXT NOT NULL,
    snapshot BLOB NOT NULL,
    heads BLOB NOT NULL,
    body TEXT NOT NULL,
    deleted INTEGER NOT NULL
) STRICT;

CREATE INDEX document_of_kind ON document (kind);

-- Every change ever merged, in the order of the log; `time_ms` is the claimed time, clamped.
CREATE TABLE change (
    seq INTEGER PRIMARY KEY,
    hash BLOB NOT NULL UNIQUE,
    doc BLOB NOT NULL,
    actor BLOB NOT NULL,
    actor_seq INTEGER NOT NULL,
    max_op INTEGER NOT NULL,
    time_ms INTEGER NOT NULL,
    user BLOB NOT NULL,
    device BLOB NOT NULL,
    clock_off INTEGER NOT NULL,
    wire BLOB NOT NULL
) STRICT;

CREATE UNIQUE INDEX change_of_document ON change (doc, actor, actor_seq);

-- What happened, for the devices. A change's row has the seq of its `change`.
CREATE TABLE log (
    seq INTEGER PRIMARY KEY,
    scope TEXT NOT NULL,
    grp INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('change', 'actor', 'notice')),
    ref BLOB NOT NULL
) STRICT;

CREATE INDEX log_of_scope ON log (scope, seq);

-- Replies already given: a repeated intent gets the same one.
CREATE TABLE answer (
    actor BLOB NOT NULL,
    dseq INTEGER NOT NULL,
    intent BLOB NOT NULL,
    status INTEGER NOT NULL,
    code TEXT NOT NULL,
    message TEXT NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (actor, dseq)
) STRICT, WITHOUT ROWID;

CREATE TABLE decision (
    id BLOB PRIMARY KEY NOT NULL,
    seq INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;

-- Intents that were refused, kept for the administrator.
CREATE TABLE quarantine (
    id INTEGER PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    actor BLOB NOT NULL,
    device BLOB NOT NULL,
    user BLOB NOT NULL,
    dseq INTEGER NOT NULL,
    code TEXT NOT NULL,
    reason TEXT NOT NULL,
    payload BLOB NOT NULL
) STRICT;

CREATE TABLE audit (
    id INTEGER PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    what TEXT NOT NULL,
    user BLOB NOT NULL,
    device BLOB NOT NULL,
    detail TEXT NOT NULL
) STRICT;

-- The true author of a value the server put in a repair.
CREATE TABLE credit (
    doc BLOB NOT NULL,
    key TEXT NOT NULL,
    stamp TEXT NOT NULL,
    PRIMARY KEY (doc, key)
) STRICT, WITHOUT ROWID;

-- Which record refers to which; derived from the documents.
CREATE TABLE reference (
    source BLOB NOT NULL,
    source_kind TEXT NOT NULL,
    field TEXT NOT NULL,
    target BLOB NOT NULL,
    target_kind TEXT NOT NULL,
    PRIMARY KEY (source, field, target, target_kind)
) STRICT, WITHOUT ROWID;

CREATE INDEX reference_to ON reference (target);
