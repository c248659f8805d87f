-- When the office received a change and judged it: with it a replay is exact. Changes from before it was kept have none.
ALTER TABLE change ADD COLUMN received_ms INTEGER;

-- Whom a repair credited with the values it put; `credit` holds only what stands now.
CREATE TABLE repair_credit (
    seq INTEGER PRIMARY KEY,
    credit TEXT NOT NULL
) STRICT;
