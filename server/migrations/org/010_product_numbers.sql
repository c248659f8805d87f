-- Numbers of products are unique, so the product of a number is found by it; derived from the documents.
INSERT INTO held_value (source, source_kind, field, value)
SELECT id, kind, 'product_number', body ->> '$.product_number' FROM document
    WHERE kind = 'product' AND body ->> '$.product_number' IS NOT NULL;
