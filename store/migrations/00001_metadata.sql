-- The metadata. One text for SQLite and PostgreSQL: TEXT, BIGINT, BOOLEAN,
-- CHECK and partial indexes. Times are milliseconds since the Unix epoch, NULL
-- where there is none. Sealed values are base64.

-- +goose Up
CREATE TABLE organizations (
    id         TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 24),
    name       TEXT NOT NULL,
    created_at BIGINT
);
CREATE INDEX organizations_by_name ON organizations (name, id);

CREATE TABLE projects (
    id             TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 24),
    org_id         TEXT NOT NULL REFERENCES organizations (id) ON DELETE RESTRICT,
    name           TEXT NOT NULL UNIQUE,
    created_at     BIGINT,
    default_alerts BOOLEAN NOT NULL,
    tags           TEXT NOT NULL
);
CREATE INDEX projects_by_creation ON projects (created_at, id);
CREATE INDEX projects_of_organization ON projects (org_id);

CREATE TABLE instances (
    id                     TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 24),
    project_id             TEXT NOT NULL REFERENCES projects (id) ON DELETE RESTRICT,
    name                   TEXT NOT NULL,
    kind                   TEXT NOT NULL CHECK (kind IN ('serverless', 'flex', 'dedicated')),
    state                  TEXT NOT NULL CHECK (state IN ('CREATING', 'IDLE', 'UPDATING', 'DELETING')),
    embedded               BOOLEAN NOT NULL,
    sealed_uri             TEXT NOT NULL,
    mongodb_version        TEXT NOT NULL,
    backing_provider       TEXT NOT NULL,
    region                 TEXT NOT NULL,
    termination_protection BOOLEAN NOT NULL,
    continuous_backup      BOOLEAN NOT NULL,
    tags                   TEXT NOT NULL,
    created_at             BIGINT,
    snapshot_interval      BIGINT NOT NULL, -- nanoseconds
    snapshot_retention     BIGINT NOT NULL, -- nanoseconds
    next_snapshot_at       BIGINT,
    UNIQUE (project_id, name)
);
CREATE INDEX instances_of_project ON instances (project_id, created_at, id);
CREATE INDEX instances_of_project_by_kind ON instances (project_id, kind, created_at, id);
CREATE INDEX instances_embedded ON instances (created_at, id) WHERE embedded;
CREATE INDEX instances_due ON instances (next_snapshot_at, id) WHERE next_snapshot_at IS NOT NULL;

CREATE TABLE snapshots (
    id              TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 24),
    project_id      TEXT NOT NULL,
    instance_id     TEXT NOT NULL REFERENCES instances (id) ON DELETE CASCADE,
    instance_name   TEXT NOT NULL,
    status          TEXT NOT NULL CHECK (status IN ('queued', 'inProgress', 'completed', 'failed')),
    type            TEXT NOT NULL,
    frequency       TEXT NOT NULL,
    description     TEXT NOT NULL,
    created_at      BIGINT,
    finished_at     BIGINT,
    expires_at      BIGINT,
    mongodb_version TEXT NOT NULL,
    manifest        TEXT NOT NULL,
    storage_bytes   BIGINT NOT NULL,
    content         TEXT NOT NULL,
    collections     BIGINT NOT NULL,
    cluster_t       BIGINT NOT NULL,
    cluster_i       BIGINT NOT NULL,
    fail_reason     TEXT NOT NULL,
    progress        TEXT NOT NULL,
    epoch           BIGINT NOT NULL
);
CREATE INDEX snapshots_of_instance ON snapshots (instance_id, created_at, id);
CREATE INDEX snapshots_unfinished ON snapshots (instance_id, created_at, id) WHERE status IN ('queued', 'inProgress');
CREATE INDEX snapshots_expiring ON snapshots (expires_at, id) WHERE expires_at IS NOT NULL;

-- No foreign key: what a deleted snapshot left in the vault is known by these
-- notes alone.
CREATE TABLE snapshot_objects (
    snapshot_id TEXT NOT NULL,
    object      TEXT NOT NULL,
    PRIMARY KEY (snapshot_id, object)
);

CREATE TABLE restore_jobs (
    id                        TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 24),
    project_id                TEXT NOT NULL,
    instance_id               TEXT NOT NULL REFERENCES instances (id) ON DELETE CASCADE,
    instance_name             TEXT NOT NULL,
    snapshot_id               TEXT NOT NULL, -- a job outlives its snapshot and its target
    snapshot_at               BIGINT,
    delivery_type             TEXT NOT NULL CHECK (delivery_type IN ('automated', 'download', 'pointInTime')),
    target_project_id         TEXT NOT NULL,
    target_instance_id        TEXT NOT NULL,
    target_name               TEXT NOT NULL,
    oplog_ts                  BIGINT NOT NULL,
    oplog_inc                 BIGINT NOT NULL,
    point_in_time_utc_seconds BIGINT NOT NULL,
    desired_t                 BIGINT NOT NULL,
    desired_i                 BIGINT NOT NULL,
    state                     TEXT NOT NULL CHECK (state IN ('queued', 'inProgress', 'completed', 'failed', 'cancelled')),
    created_at                BIGINT,
    started_at                BIGINT,
    finished_at               BIGINT,
    expires_at                BIGINT,
    sealed_token              TEXT NOT NULL,
    token_hash                TEXT UNIQUE, -- SHA-256, hexadecimal
    downloads                 BIGINT NOT NULL,
    download_bytes            BIGINT NOT NULL,
    fail_code                 TEXT NOT NULL,
    fail_reason               TEXT NOT NULL,
    progress                  TEXT NOT NULL,
    report                    TEXT NOT NULL,
    resume_at                 TEXT NOT NULL, -- the cursor, base64
    epoch                     BIGINT NOT NULL
);
CREATE INDEX restore_jobs_of_instance ON restore_jobs (instance_id, created_at, id);
CREATE INDEX restore_jobs_of_snapshot ON restore_jobs (snapshot_id);
CREATE INDEX restore_jobs_onto ON restore_jobs (target_instance_id, created_at, id) WHERE state IN ('queued', 'inProgress');

CREATE TABLE keys (
    id            TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 24),
    org_id        TEXT NOT NULL REFERENCES organizations (id) ON DELETE RESTRICT,
    kind          TEXT NOT NULL CHECK (kind IN ('apiKey', 'serviceAccount')),
    public_id     TEXT NOT NULL,
    name          TEXT NOT NULL,
    description   TEXT NOT NULL,
    sealed_secret TEXT NOT NULL,
    secret_tail   TEXT NOT NULL,
    roles         TEXT NOT NULL,
    created_at    BIGINT,
    expires_at    BIGINT,
    last_used_at  BIGINT,
    UNIQUE (kind, public_id)
);
CREATE INDEX keys_of_organization ON keys (org_id, created_at, id);

CREATE TABLE revoked_tokens (
    jti        TEXT NOT NULL PRIMARY KEY,
    expires_at BIGINT
);
CREATE INDEX revoked_tokens_expiring ON revoked_tokens (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE settings (
    name         TEXT NOT NULL PRIMARY KEY,
    sealed_value TEXT NOT NULL
);

-- One sealed value that Open tries the master key on.
CREATE TABLE seal_check (
    id     BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    sealed TEXT NOT NULL
);

-- +goose Down
DROP TABLE seal_check;
DROP TABLE settings;
DROP TABLE revoked_tokens;
DROP TABLE keys;
DROP TABLE restore_jobs;
DROP TABLE snapshot_objects;
DROP TABLE snapshots;
DROP TABLE instances;
DROP TABLE projects;
DROP TABLE organizations;
