-- Continuous capture. A cluster time is two columns, seconds and ordinal, as
-- the snapshots of version 1 have it. Each is an unsigned 32-bit number, which a
-- BIGINT holds; t<<32|i in one would turn negative in 2038. Two compare as a row
-- value, (t, i) <= (?, ?), for which both databases search an index. Zero is
-- "not known".

-- +goose Up
CREATE TABLE captures (
    instance_id    TEXT NOT NULL PRIMARY KEY REFERENCES instances (id) ON DELETE CASCADE,
    position_t     BIGINT NOT NULL DEFAULT 0,
    position_i     BIGINT NOT NULL DEFAULT 0,
    window_start_t BIGINT NOT NULL DEFAULT 0,
    window_start_i BIGINT NOT NULL DEFAULT 0,
    gap_after_t    BIGINT NOT NULL DEFAULT 0,
    gap_after_i    BIGINT NOT NULL DEFAULT 0,
    source_t       BIGINT NOT NULL DEFAULT 0,
    source_i       BIGINT NOT NULL DEFAULT 0,
    seen_at        BIGINT,
    fail_code      TEXT NOT NULL DEFAULT '',
    fail_reason    TEXT NOT NULL DEFAULT '',
    -- What its slices come to: of many, counting would read each.
    slices         BIGINT NOT NULL DEFAULT 0,
    entries        BIGINT NOT NULL DEFAULT 0,
    raw_bytes      BIGINT NOT NULL DEFAULT 0,
    stored_bytes   BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE slices (
    id           TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 24),
    instance_id  TEXT NOT NULL REFERENCES captures (instance_id) ON DELETE CASCADE,
    after_t      BIGINT NOT NULL,
    after_i      BIGINT NOT NULL,
    first_t      BIGINT NOT NULL,
    first_i      BIGINT NOT NULL,
    last_t       BIGINT NOT NULL,
    last_i       BIGINT NOT NULL,
    entries      BIGINT NOT NULL CHECK (entries >= 0),
    raw_bytes    BIGINT NOT NULL CHECK (raw_bytes >= 0),
    stored_bytes BIGINT NOT NULL CHECK (stored_bytes >= 0),
    object       TEXT NOT NULL,
    created_at   BIGINT,
    CHECK ((after_t, after_i) < (first_t, first_i)),
    CHECK ((first_t, first_i) <= (last_t, last_i)),
    UNIQUE (instance_id, last_t, last_i)
);

CREATE INDEX instances_captured ON instances (created_at, id) WHERE continuous_backup;
CREATE INDEX snapshots_completed ON snapshots (instance_id, created_at, id) WHERE status = 'completed';
CREATE INDEX snapshots_by_cluster_time ON snapshots (instance_id, cluster_t, cluster_i, created_at, id) WHERE status = 'completed';

-- The snapshots of an instance that refer to runs, numbered in the order in
-- which they began to. No foreign keys here and below: like their notes, the
-- references of snapshots outlive them and their instance.
CREATE TABLE run_holders (
    snapshot_id TEXT NOT NULL PRIMARY KEY,
    instance_id TEXT NOT NULL,
    seq         BIGINT NOT NULL,
    released    BOOLEAN NOT NULL,
    UNIQUE (instance_id, seq)
);
CREATE INDEX run_holders_referring ON run_holders (instance_id, seq) WHERE NOT released;

-- Each holder with a number from first_seq to last_seq refers to the object. A
-- run serves one snapshot after another until it is merged into a new one, so a
-- row a run is mostly all there is, however many snapshots share it.
CREATE TABLE run_spans (
    object      TEXT NOT NULL,
    instance_id TEXT NOT NULL,
    first_seq   BIGINT NOT NULL,
    last_seq    BIGINT NOT NULL,
    PRIMARY KEY (object, instance_id, first_seq)
);
CREATE INDEX run_spans_by_end ON run_spans (instance_id, last_seq, first_seq);

-- +goose Down
DROP TABLE run_spans;
DROP TABLE run_holders;
DROP INDEX snapshots_by_cluster_time;
DROP INDEX snapshots_completed;
DROP INDEX instances_captured;
DROP TABLE slices;
DROP TABLE captures;
