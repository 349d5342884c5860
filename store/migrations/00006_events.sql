-- The audit log. There are no foreign keys: an event outlives what it tells of.

-- +goose Up
CREATE TABLE events (
    id               TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 24),
    type             TEXT NOT NULL CHECK (type <> ''),
    created_at       BIGINT NOT NULL,
    org_id           TEXT NOT NULL CHECK (length(org_id) = 24),
    project_id       TEXT NOT NULL,
    of_org           BOOLEAN NOT NULL, -- an organization lists events of the type
    instance_name    TEXT NOT NULL,
    snapshot_id      TEXT NOT NULL,
    job_id           TEXT NOT NULL,
    target_public_id TEXT NOT NULL,
    key_id           TEXT NOT NULL,
    key_kind         TEXT NOT NULL,
    public_id        TEXT NOT NULL,
    remote_addr      TEXT NOT NULL,
    details          TEXT NOT NULL
);
-- Type and instance are in the indexes so that a filter is applied, and the
-- matches are counted, without reading the rows that it leaves out.
CREATE INDEX events_of_project ON events (project_id, created_at, id, type, instance_name) WHERE project_id <> '';
CREATE INDEX events_of_organization ON events (org_id, created_at, id, type, instance_name, of_org) WHERE of_org;

-- Append-only, whoever writes. PostgreSQL says the same by REVOKE. The third is
-- for REPLACE, which deletes without asking the second.
-- +goose StatementBegin
CREATE TRIGGER events_are_not_changed BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER events_are_not_deleted BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER events_are_not_replaced BEFORE INSERT ON events
WHEN EXISTS (SELECT 1 FROM events WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
-- +goose StatementEnd

-- What a user set of a project or an organization, read whole. One without a
-- row has the defaults.
CREATE TABLE project_settings (
    project_id TEXT NOT NULL PRIMARY KEY REFERENCES projects (id) ON DELETE CASCADE,
    settings   TEXT NOT NULL
);
CREATE TABLE organization_settings (
    org_id   TEXT NOT NULL PRIMARY KEY REFERENCES organizations (id) ON DELETE CASCADE,
    settings TEXT NOT NULL
);

-- +goose Down
DROP TABLE organization_settings;
DROP TABLE project_settings;
DROP TABLE events;
