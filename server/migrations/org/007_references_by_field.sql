-- Who names a record is asked for one type and one field at a time: what is named by everything is not read through.
DROP INDEX reference_to;
CREATE INDEX reference_to ON reference (target, source_kind, field);
