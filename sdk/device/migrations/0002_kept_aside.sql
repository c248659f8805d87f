-- Work the server would not take, readable for its author; never deleted by the software.
CREATE TABLE refused (
    id      BLOB PRIMARY KEY,
    user    BLOB NOT NULL,
    at_ms   INTEGER NOT NULL,
    code    TEXT NOT NULL,
    message TEXT NOT NULL,
    body    TEXT NOT NULL,
    read    INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX refused_by_at ON refused (at_ms);

-- Received changes that could not be applied to their document; tried again whenever something arrives for it.
CREATE TABLE stray (
    doc     BLOB NOT NULL,
    n       INTEGER NOT NULL,
    kind    TEXT NOT NULL,
    reason  TEXT NOT NULL,
    changes BLOB NOT NULL,
    PRIMARY KEY (doc, n)
) STRICT;

-- Changes that were authored again under a new name although the server may have them under the old one; `seen` once it
-- turns out that it has. Looked at before anything is sent, then emptied.
CREATE TABLE rewritten (
    hash   BLOB PRIMARY KEY,
    intent BLOB NOT NULL,
    seen   INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
