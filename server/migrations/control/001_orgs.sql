-- The organisations of this server; everything else about one is in its own file.
CREATE TABLE org (
    id BLOB PRIMARY KEY NOT NULL,
    name TEXT NOT NULL UNIQUE,
    made_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
