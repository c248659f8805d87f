-- Who reads only a part of the organisation: the circle of people whose records they read, as it was last worked out.
CREATE TABLE slice (
    user BLOB PRIMARY KEY NOT NULL,
    circle TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What they hold: `reads` says that they read it, else a record they read names it; `since` is the position of the log at which it
-- came to them.
CREATE TABLE held (
    user BLOB NOT NULL,
    doc BLOB NOT NULL,
    kind TEXT NOT NULL,
    reads INTEGER NOT NULL,
    since INTEGER NOT NULL,
    PRIMARY KEY (user, doc)
) STRICT, WITHOUT ROWID;

CREATE INDEX held_by ON held (doc, reads, user);

-- The log of somebody who reads only a part: the changes of what they hold (`copy`, by hash), records that came to them with all
-- their changes up to there (`whole`), and records that left them (`leave`).
CREATE TABLE log_of_parts (
    seq INTEGER PRIMARY KEY,
    scope TEXT NOT NULL,
    grp INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('change', 'actor', 'notice', 'copy', 'whole', 'leave')),
    ref BLOB NOT NULL
) STRICT;

INSERT INTO log_of_parts (seq, scope, grp, kind, ref) SELECT seq, scope, grp, kind, ref FROM log;
DROP TABLE log;
ALTER TABLE log_of_parts RENAME TO log;
CREATE INDEX log_of_scope ON log (scope, seq);
