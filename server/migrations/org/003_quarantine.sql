CREATE INDEX quarantine_of_device ON quarantine (device);

-- Refused intents of a device that were answered and not kept: it had reached its cap.
CREATE TABLE quarantine_dropped (
    device BLOB PRIMARY KEY NOT NULL,
    intents INTEGER NOT NULL,
    last_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
