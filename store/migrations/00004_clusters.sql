-- What Flex and dedicated clusters need beside what every instance has.

-- +goose Up
ALTER TABLE instances ADD COLUMN cluster TEXT NOT NULL DEFAULT 'null';
ALTER TABLE instances ADD COLUMN auto_indexing BOOLEAN NOT NULL DEFAULT TRUE;
ALTER TABLE instances ADD COLUMN retain_backups BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE instances ADD COLUMN deleted_at BIGINT; -- of one whose snapshots were kept
CREATE INDEX instances_live ON instances (project_id, created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX instances_live_by_kind ON instances (project_id, kind, created_at, id) WHERE deleted_at IS NULL;
ALTER TABLE restore_jobs ADD COLUMN snapshot_finished_at BIGINT;

-- +goose Down
ALTER TABLE restore_jobs DROP COLUMN snapshot_finished_at;
DROP INDEX instances_live_by_kind;
DROP INDEX instances_live;
ALTER TABLE instances DROP COLUMN deleted_at;
ALTER TABLE instances DROP COLUMN retain_backups;
ALTER TABLE instances DROP COLUMN auto_indexing;
ALTER TABLE instances DROP COLUMN cluster;
