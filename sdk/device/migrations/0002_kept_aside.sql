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
