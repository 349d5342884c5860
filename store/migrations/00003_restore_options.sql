-- What a restore was asked beyond Atlas's words, when it began to change its
-- target, and what it can be undone from. options is the JSON of RestoreOptions.

-- +goose Up
ALTER TABLE restore_jobs ADD COLUMN options TEXT NOT NULL DEFAULT '{}';
ALTER TABLE restore_jobs ADD COLUMN cut_over_at BIGINT;
ALTER TABLE restore_jobs ADD COLUMN safety_snapshot_id TEXT NOT NULL DEFAULT '';
ALTER TABLE restore_jobs ADD COLUMN safety_failure TEXT NOT NULL DEFAULT '';
ALTER TABLE restore_jobs ADD COLUMN undo_of TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE restore_jobs DROP COLUMN undo_of;
ALTER TABLE restore_jobs DROP COLUMN safety_failure;
ALTER TABLE restore_jobs DROP COLUMN safety_snapshot_id;
ALTER TABLE restore_jobs DROP COLUMN cut_over_at;
ALTER TABLE restore_jobs DROP COLUMN options;
