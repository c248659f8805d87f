-- "FBbk": tells a book from any other SQLite file.
PRAGMA application_id = 1178755691;

-- Small facts about the book: who is signed in, the incarnation, the schema of the projection.
CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- One record. Either `snapshot` holds the whole saved document, or `tail` holds the changes as they were received, one
-- after the other on top of the genesis, and Automerge has never been asked.
CREATE TABLE document (
    id       BLOB PRIMARY KEY CHECK (length(id) = 16),
    kind     TEXT NOT NULL,
    snapshot BLOB,
    tail     BLOB NOT NULL DEFAULT x'',
    changes  INTEGER NOT NULL DEFAULT 0,
    heads    BLOB NOT NULL
) STRICT;

-- What the server has not answered yet, in the order it was done.
CREATE TABLE outbox (
    dseq       INTEGER PRIMARY KEY,
    intent     BLOB NOT NULL CHECK (length(intent) = 16),
    created_ms INTEGER NOT NULL,
    payload    BLOB NOT NULL
) STRICT;

-- The changes an intent made; `merged` once the server is known to have one although its answer is still due.
CREATE TABLE outbox_doc (
    dseq   INTEGER NOT NULL REFERENCES outbox (dseq) ON DELETE CASCADE,
    doc    BLOB NOT NULL,
    kind   TEXT NOT NULL,
    hash   BLOB NOT NULL,
    merged INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (dseq, doc)
) STRICT, WITHOUT ROWID;
CREATE INDEX outbox_doc_by_doc ON outbox_doc (doc);

-- How far each log of the server is held.
CREATE TABLE cursor (
    scope TEXT PRIMARY KEY,
    seq   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Who stands behind the name in a change.
CREATE TABLE actor (
    actor       BLOB PRIMARY KEY,
    user        BLOB NOT NULL,
    device      BLOB NOT NULL,
    device_name TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Decisions of the server, as it worded them.
CREATE TABLE notice (
    id   BLOB PRIMARY KEY,
    seq  INTEGER NOT NULL,
    body TEXT NOT NULL,
    read INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX notice_by_seq ON notice (seq);
