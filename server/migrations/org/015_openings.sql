-- How often the database was opened to be written: a file beside it that counts further tells that an older copy was put in its place.
ALTER TABLE meta ADD COLUMN openings INTEGER NOT NULL DEFAULT 0;
