-- What duplicates are found by (INV-08): which record holds which value in which field; derived from the documents.
CREATE TABLE held_value (
    source BLOB NOT NULL,
    source_kind TEXT NOT NULL,
    field TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (source, field, value)
) STRICT, WITHOUT ROWID;

CREATE INDEX held_value_of ON held_value (value, field, source_kind);

INSERT INTO held_value (source, source_kind, field, value)
SELECT id, kind, 'email', body ->> '$.email' FROM document
    WHERE kind IN ('contact', 'lead') AND body ->> '$.email' IS NOT NULL;
INSERT INTO held_value (source, source_kind, field, value)
SELECT id, kind, 'last_name', body ->> '$.last_name' FROM document
    WHERE kind = 'lead' AND body ->> '$.last_name' IS NOT NULL;
INSERT INTO held_value (source, source_kind, field, value)
SELECT id, kind, 'name', body ->> '$.name' FROM document
    WHERE kind = 'account' AND body ->> '$.name' IS NOT NULL;
