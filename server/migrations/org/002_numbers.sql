-- The next number of each series without gaps; it moves in the transaction that writes the record that got the one before.
CREATE TABLE number (
    series TEXT PRIMARY KEY NOT NULL,
    next INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
