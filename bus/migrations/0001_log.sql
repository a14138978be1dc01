-- A slot is one partition of one topic. A record's id is slot * 2^40 + offset, so that the records
-- of a slot lie together in offset order and need no second index.
CREATE TABLE slots (
    slot      INTEGER PRIMARY KEY,
    topic     TEXT    NOT NULL,
    partition INTEGER NOT NULL,
    next      INTEGER NOT NULL DEFAULT 0,
    UNIQUE (topic, partition)
);

CREATE TABLE records (
    id   INTEGER PRIMARY KEY,
    at   INTEGER NOT NULL,
    key  TEXT    NOT NULL,
    body BLOB    NOT NULL
);

-- next is the first offset that the group has not finished.
CREATE TABLE offsets (
    consumer_group TEXT    NOT NULL,
    slot           INTEGER NOT NULL REFERENCES slots (slot),
    next           INTEGER NOT NULL,
    PRIMARY KEY (consumer_group, slot)
) WITHOUT ROWID;
