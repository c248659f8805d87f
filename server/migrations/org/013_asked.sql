-- The decisions somebody has to answer (`domain.md` 7), closed ones among them until they are looked at again.
CREATE TABLE open_question (
    decision BLOB PRIMARY KEY NOT NULL,
    record TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX open_question_of ON open_question (record);

INSERT INTO open_question (decision, record)
SELECT id, body ->> '$.record' FROM decision WHERE body ->> '$.held' IS NOT NULL;

-- The records people who read only a part have to see to answer. `held.reads` is 2 where somebody holds a record for that alone.
CREATE TABLE asked (
    user BLOB NOT NULL,
    doc BLOB NOT NULL,
    kind TEXT NOT NULL,
    decision BLOB NOT NULL,
    PRIMARY KEY (decision, user, doc)
) STRICT, WITHOUT ROWID;

CREATE INDEX asked_about ON asked (doc, user);
CREATE INDEX asked_of ON asked (user);
