-- A currency is entered once, and rates are looked up by its code; derived from the documents.
INSERT INTO held_value (source, source_kind, field, value)
SELECT id, kind, 'iso_code', body ->> '$.iso_code' FROM document
    WHERE kind = 'currency' AND body ->> '$.iso_code' IS NOT NULL;
