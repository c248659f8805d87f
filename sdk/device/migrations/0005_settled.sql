-- Items of the inbox somebody has dealt with: 'done' once what could be had back was, 'dismissed' once nobody wants to see it.
CREATE TABLE settled (
    id    BLOB PRIMARY KEY CHECK (length(id) = 16),
    how   TEXT NOT NULL,
    at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
