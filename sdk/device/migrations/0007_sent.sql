-- Answered work, kept for a while: a server that was put back from a backup may lack it.
CREATE TABLE sent (
    n           INTEGER PRIMARY KEY,
    created_ms  INTEGER NOT NULL,
    answered_ms INTEGER NOT NULL,
    payload     BLOB NOT NULL
) STRICT;
CREATE INDEX sent_by_answer ON sent (answered_ms);

-- While the book is being levelled with such a server: the changes it has, and the decisions it knows.
CREATE TABLE had (
    of   BLOB NOT NULL CHECK (length(of) = 16),
    hash BLOB NOT NULL,
    PRIMARY KEY (of, hash)
) STRICT, WITHOUT ROWID;

-- Records as they were before that, where they held what others wrote and the server lacks: whoever wrote it brings it back.
CREATE TABLE aside (
    doc      BLOB PRIMARY KEY CHECK (length(doc) = 16),
    kind     TEXT NOT NULL,
    at_ms    INTEGER NOT NULL,
    snapshot BLOB NOT NULL
) STRICT;
