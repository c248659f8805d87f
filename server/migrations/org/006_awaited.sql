-- What waits for which record (INV-11); `told` says that its author knows how long it has waited.
CREATE TABLE awaited (
    target BLOB NOT NULL,
    target_kind TEXT NOT NULL,
    decision BLOB NOT NULL,
    at_ms INTEGER NOT NULL,
    told INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (target, target_kind, decision)
) STRICT, WITHOUT ROWID;

CREATE INDEX awaited_untold ON awaited (at_ms) WHERE told = 0;
