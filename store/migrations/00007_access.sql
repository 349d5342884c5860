-- Several secrets of a service account, keys by project, and access lists.

-- +goose Up
CREATE TABLE client_secrets (
    id           TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 24),
    key_id       TEXT NOT NULL REFERENCES keys (id) ON DELETE CASCADE,
    sealed_hash  TEXT NOT NULL,
    tail         TEXT NOT NULL,
    created_at   BIGINT,
    expires_at   BIGINT,
    last_used_at BIGINT
);
CREATE INDEX client_secrets_of_key ON client_secrets (key_id, created_at, id);
-- The one secret that an account had takes the account's id: what is sealed
-- names it.
INSERT INTO client_secrets (id, key_id, sealed_hash, tail, created_at, expires_at)
    SELECT id, id, sealed_secret, secret_tail, created_at, expires_at FROM keys WHERE kind = 'serviceAccount';
UPDATE keys SET sealed_secret = '', secret_tail = '', expires_at = NULL WHERE kind = 'serviceAccount';

-- Which keys have roles in a project: the roles themselves are in their rows.
CREATE TABLE key_projects (
    project_id TEXT NOT NULL,
    key_id     TEXT NOT NULL REFERENCES keys (id) ON DELETE CASCADE,
    kind       TEXT NOT NULL,
    created_at BIGINT,
    PRIMARY KEY (key_id, project_id)
);
CREATE INDEX key_projects_by_project ON key_projects (project_id, kind, created_at, key_id);
INSERT INTO key_projects (project_id, key_id, kind, created_at)
    SELECT p.id, k.id, k.kind, k.created_at FROM keys k JOIN projects p
        ON p.org_id = k.org_id AND k.roles LIKE '%"projectId":"' || p.id || '"%';

-- A network is in CIDR notation.
CREATE TABLE key_networks (
    key_id            TEXT NOT NULL REFERENCES keys (id) ON DELETE CASCADE,
    network           TEXT NOT NULL,
    created_at        BIGINT,
    requests          BIGINT NOT NULL,
    last_used_at      BIGINT,
    last_used_address TEXT NOT NULL,
    PRIMARY KEY (key_id, network)
);
CREATE INDEX key_networks_by_creation ON key_networks (key_id, created_at, network);

CREATE TABLE project_networks (
    project_id   TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    network      TEXT NOT NULL,
    comment      TEXT NOT NULL,
    created_at   BIGINT,
    delete_after BIGINT,
    PRIMARY KEY (project_id, network)
);
CREATE INDEX project_networks_by_creation ON project_networks (project_id, created_at, network);
CREATE INDEX project_networks_expiring ON project_networks (delete_after) WHERE delete_after IS NOT NULL;

-- +goose Down
DROP TABLE project_networks;
DROP TABLE key_networks;
DROP TABLE key_projects;
-- Secrets made later than their account are lost.
UPDATE keys SET
    sealed_secret = COALESCE((SELECT s.sealed_hash FROM client_secrets s WHERE s.id = keys.id), ''),
    secret_tail = COALESCE((SELECT s.tail FROM client_secrets s WHERE s.id = keys.id), ''),
    expires_at = (SELECT s.expires_at FROM client_secrets s WHERE s.id = keys.id)
    WHERE kind = 'serviceAccount';
DROP TABLE client_secrets;
