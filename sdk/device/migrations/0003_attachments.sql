-- A file that is attached to a record, by the SHA-256 of its bytes. `held` of its `size` bytes are here, from its start;
-- `whole` once all are and were found to be what the hash says.
CREATE TABLE blob (
    id    INTEGER PRIMARY KEY,
    hash  BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
    size  INTEGER NOT NULL,
    held  INTEGER NOT NULL DEFAULT 0,
    whole INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Its bytes, in pieces small enough to be read and written one at a time.
CREATE TABLE blob_piece (
    blob  INTEGER NOT NULL REFERENCES blob (id) ON DELETE CASCADE,
    start INTEGER NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (blob, start)
) STRICT;

-- Files the server is not known to have; `refused` says why it did not take one.
CREATE TABLE upload (
    blob    INTEGER PRIMARY KEY REFERENCES blob (id) ON DELETE CASCADE,
    refused TEXT
) STRICT;
