-- Cloud backup of dedicated instances: schedules, compliance policies, export
-- buckets and export jobs. Schedules and policies are only ever read whole, so
-- they are JSON.

-- +goose Up
ALTER TABLE snapshots ADD COLUMN policy_items TEXT NOT NULL DEFAULT '[]';

CREATE TABLE backup_schedules (
    instance_id TEXT NOT NULL PRIMARY KEY REFERENCES instances (id) ON DELETE CASCADE,
    schedule    TEXT NOT NULL
);

CREATE TABLE compliance_policies (
    project_id TEXT NOT NULL PRIMARY KEY REFERENCES projects (id) ON DELETE CASCADE,
    policy     TEXT NOT NULL
);

CREATE TABLE export_buckets (
    id             TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 24),
    project_id     TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    bucket_name    TEXT NOT NULL,
    cloud_provider TEXT NOT NULL,
    role_id        TEXT NOT NULL,
    service_url    TEXT NOT NULL,
    tenant_id      TEXT NOT NULL,
    created_at     BIGINT,
    UNIQUE (project_id, cloud_provider, bucket_name)
);
CREATE INDEX export_buckets_of_project ON export_buckets (project_id, created_at, id);

-- No reference to snapshot and bucket: a job outlives both.
CREATE TABLE export_jobs (
    id            TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 24),
    project_id    TEXT NOT NULL,
    instance_id   TEXT NOT NULL REFERENCES instances (id) ON DELETE CASCADE,
    instance_name TEXT NOT NULL,
    snapshot_id   TEXT NOT NULL,
    bucket_id     TEXT NOT NULL,
    bucket_name   TEXT NOT NULL,
    custom_data   TEXT NOT NULL,
    prefix        TEXT NOT NULL,
    state         TEXT NOT NULL CHECK (state IN ('Queued', 'InProgress', 'Successful', 'Failed', 'Cancelled')),
    created_at    BIGINT,
    finished_at   BIGINT,
    collections   BIGINT NOT NULL,
    exported      BIGINT NOT NULL,
    bytes         BIGINT NOT NULL,
    fail_code     TEXT NOT NULL,
    fail_reason   TEXT NOT NULL,
    epoch         BIGINT NOT NULL
);
CREATE INDEX export_jobs_of_instance ON export_jobs (instance_id, created_at, id);
CREATE INDEX export_jobs_of_snapshot ON export_jobs (snapshot_id) WHERE state IN ('Queued', 'InProgress');
CREATE INDEX export_jobs_into_bucket ON export_jobs (bucket_id) WHERE state IN ('Queued', 'InProgress');

-- +goose Down
DROP TABLE export_jobs;
DROP TABLE export_buckets;
DROP TABLE compliance_policies;
DROP TABLE backup_schedules;
ALTER TABLE snapshots DROP COLUMN policy_items;
