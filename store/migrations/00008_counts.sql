-- How many snapshots and restore jobs an instance has: counting half a million
-- of them would read as many entries of an index for every page of a list. The
-- triggers see every row that comes and goes, also those that go with their
-- instance. PostgreSQL has the same as functions.

-- +goose Up
CREATE TABLE instance_counts (
    instance_id  TEXT NOT NULL PRIMARY KEY REFERENCES instances (id) ON DELETE CASCADE,
    snapshots    BIGINT NOT NULL DEFAULT 0 CHECK (snapshots >= 0),
    restore_jobs BIGINT NOT NULL DEFAULT 0 CHECK (restore_jobs >= 0)
);
INSERT INTO instance_counts (instance_id, snapshots, restore_jobs)
SELECT i.id, (SELECT count(*) FROM snapshots s WHERE s.instance_id = i.id),
       (SELECT count(*) FROM restore_jobs j WHERE j.instance_id = i.id)
FROM instances i;

-- +goose StatementBegin
CREATE TRIGGER instances_are_counted_for AFTER INSERT ON instances
BEGIN INSERT INTO instance_counts (instance_id) VALUES (NEW.id); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER snapshots_are_counted AFTER INSERT ON snapshots
BEGIN UPDATE instance_counts SET snapshots = snapshots + 1 WHERE instance_id = NEW.instance_id; END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER snapshots_are_uncounted AFTER DELETE ON snapshots
BEGIN UPDATE instance_counts SET snapshots = snapshots - 1 WHERE instance_id = OLD.instance_id; END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER restore_jobs_are_counted AFTER INSERT ON restore_jobs
BEGIN UPDATE instance_counts SET restore_jobs = restore_jobs + 1 WHERE instance_id = NEW.instance_id; END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER restore_jobs_are_uncounted AFTER DELETE ON restore_jobs
BEGIN UPDATE instance_counts SET restore_jobs = restore_jobs - 1 WHERE instance_id = OLD.instance_id; END;
-- +goose StatementEnd

-- +goose Down
DROP TRIGGER restore_jobs_are_uncounted;
DROP TRIGGER restore_jobs_are_counted;
DROP TRIGGER snapshots_are_uncounted;
DROP TRIGGER snapshots_are_counted;
DROP TRIGGER instances_are_counted_for;
DROP TABLE instance_counts;
