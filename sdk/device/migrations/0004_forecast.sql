-- What this phone expected of the work when it was done; sent with it.
ALTER TABLE outbox ADD COLUMN forecast BLOB;
