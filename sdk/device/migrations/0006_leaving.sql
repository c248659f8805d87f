-- Records the office no longer shares with this user: they go as soon as nothing of them waits to be sent.
CREATE TABLE leaving (
    doc  BLOB PRIMARY KEY CHECK (length(doc) = 16),
    kind TEXT NOT NULL
) STRICT, WITHOUT ROWID;
