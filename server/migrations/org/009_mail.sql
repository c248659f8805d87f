-- The e-mails by what became of them: those that wait to be sent are found without looking at the others.
CREATE INDEX email_of_reason ON document (body ->> '$.status_reason', id) WHERE kind = 'email' AND deleted = 0;
