-- How far in the log what somebody does not hold was named as leaving them, for phones that come from a database this one was put
-- in the place of.
ALTER TABLE slice ADD COLUMN named INTEGER NOT NULL DEFAULT 0;
