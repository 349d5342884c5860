package store

import (
	"context"

	"github.com/uptrace/bun"

	"tidemark"
)

type keyRow struct {
	bun.BaseModel `bun:"table:keys,alias:k"`

	ID           string `bun:"id,pk"`
	OrgID        string `bun:"org_id"`
	Kind         string `bun:"kind"`
	PublicID     string `bun:"public_id"`
	Name         string `bun:"name"`
	Description  string `bun:"description"`
	SealedSecret string `bun:"sealed_secret"` // of an API key
	SecretTail   string `bun:"secret_tail"`
	Roles        string `bun:"roles"`
	CreatedAt    millis `bun:"created_at"`
	LastUsedAt   millis `bun:"last_used_at"`
}

func (r *keyRow) value() (*tidemark.Key, error) {
	roles, err := sliceFromJSON[tidemark.Role](r.Roles)
	if err != nil {
		return nil, err
	}
	return &tidemark.Key{
		ID: tidemark.ID(r.ID), OrgID: tidemark.ID(r.OrgID), Kind: tidemark.KeyKind(r.Kind), PublicID: r.PublicID,
		Name: r.Name, Description: r.Description, SecretTail: r.SecretTail, Roles: roles,
		CreatedAt: stamp(r.CreatedAt), LastUsedAt: stamp(r.LastUsedAt),
	}, nil
}

// CreateKey stores the key with its Secret, sealed, or its Secrets, hashed and
// sealed. It is CodeOrgNotFound for an organization that is not there,
// CodeConflict for a PublicID that the kind has, and CodeInvalidData for an API
// key without a secret or a secret that is empty.
func (t *tx) CreateKey(ctx context.Context, k *tidemark.Key) error {
	if (k.Secret == "") == (k.Kind == tidemark.KeyAPI) {
		return tidemark.Errorf(tidemark.CodeInvalidData, "an API key needs a secret, and no other key has one of that kind")
	}
	roles, err := toJSON(k.Roles)
	if err != nil {
		return err
	}
	sealed, err := t.db.box.seal(k.Secret, sealAPIKey, string(k.ID))
	if err != nil {
		return err
	}
	row := &keyRow{
		ID: string(k.ID), OrgID: string(k.OrgID), Kind: string(k.Kind), PublicID: clean(k.PublicID),
		Name: clean(k.Name), Description: clean(k.Description), SealedSecret: sealed, SecretTail: clean(k.SecretTail), Roles: roles,
		CreatedAt: millis(k.CreatedAt), LastUsedAt: millis(k.LastUsedAt),
	}
	if _, err = t.bun.NewInsert().Model(row).Exec(ctx); faultOf(err) == faultForeign {
		return orgNotFound(k.OrgID)
	}
	if err != nil {
		return failed(err, "creating a key")
	}
	for n := range k.Secrets {
		if err := t.AddClientSecret(ctx, k.ID, &k.Secrets[n]); err != nil {
			return err
		}
	}
	return t.noteProjects(ctx, k)
}

// noteProjects writes in which projects the key has roles.
func (t *tx) noteProjects(ctx context.Context, k *tidemark.Key) error {
	const doing = "noting the projects of a key"
	if _, err := t.bun.NewRaw(`DELETE FROM key_projects WHERE key_id = ?`, clean(string(k.ID))).Exec(ctx); err != nil {
		return failed(err, doing)
	}
	for _, r := range k.Roles {
		if r.ProjectID == "" {
			continue
		}
		_, err := t.bun.NewRaw(`INSERT INTO key_projects (project_id, key_id, kind, created_at) VALUES (?, ?, ?, ?)
			ON CONFLICT (key_id, project_id) DO NOTHING`,
			clean(string(r.ProjectID)), string(k.ID), string(k.Kind), millis(k.CreatedAt)).Exec(ctx)
		if err != nil {
			return failed(err, doing)
		}
	}
	return nil
}

// Key reads a key, without the text of its secrets.
func (t *tx) Key(ctx context.Context, id tidemark.ID) (*tidemark.Key, error) {
	row, err := t.keyRow(ctx, id, "")
	if err != nil {
		return nil, err
	}
	return t.wholeKey(ctx, row)
}

// keyRow reads a key of a kind; "" is any.
func (t *tx) keyRow(ctx context.Context, id tidemark.ID, kind tidemark.KeyKind) (*keyRow, error) {
	return selectOne[keyRow](ctx, t, "reading a key", keyNotFound(string(id)), func(q *bun.SelectQuery) *bun.SelectQuery {
		q = q.Where("k.id = ?", clean(string(id)))
		if kind != "" {
			q = q.Where("k.kind = ?", string(kind))
		}
		return q
	})
}

// KeyByPublicID reads the key that a caller names.
func (t *tx) KeyByPublicID(ctx context.Context, kind tidemark.KeyKind, publicID string) (*tidemark.Key, error) {
	row, err := selectOne[keyRow](ctx, t, "reading a key", keyNotFound(publicID), func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Where("k.kind = ?", clean(string(kind))).Where("k.public_id = ?", clean(publicID))
	})
	if err != nil {
		return nil, err
	}
	return t.wholeKey(ctx, row)
}

func (t *tx) wholeKey(ctx context.Context, row *keyRow) (*tidemark.Key, error) {
	keys, err := t.wholeKeys(ctx, []*keyRow{row})
	if err != nil {
		return nil, err
	}
	return keys[0], nil
}

// wholeKeys puts rows and the secrets of service accounts together.
func (t *tx) wholeKeys(ctx context.Context, rows []*keyRow) ([]*tidemark.Key, error) {
	keys, err := convert(rows, (*keyRow).value)
	if err != nil {
		return nil, err
	}
	accounts := map[string]*tidemark.Key{}
	var ids []string
	for _, k := range keys {
		if k.Kind == tidemark.KeyServiceAccount {
			accounts[string(k.ID)] = k
			ids = append(ids, string(k.ID))
		}
	}
	if len(ids) == 0 {
		return keys, nil
	}
	secrets, err := selectAll[secretRow](ctx, t, "reading the secrets of keys", func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Where("cs.key_id IN (?)", bun.List(ids)).OrderExpr("cs.key_id, cs.created_at, cs.id")
	})
	if err != nil {
		return nil, err
	}
	for _, s := range secrets {
		accounts[s.KeyID].Secrets = append(accounts[s.KeyID].Secrets, s.value())
	}
	return keys, nil
}

// Keys lists those of an organization by creation; kind "" is any.
func (t *tx) Keys(ctx context.Context, orgID tidemark.ID, kind tidemark.KeyKind, p tidemark.Page) ([]*tidemark.Key, int, error) {
	rows, total, err := selectPage[keyRow](ctx, t, "listing keys", p, "k.created_at, k.id",
		func(q *bun.SelectQuery) *bun.SelectQuery {
			q = q.Where("k.org_id = ?", clean(string(orgID)))
			if kind != "" {
				q = q.Where("k.kind = ?", clean(string(kind)))
			}
			return q
		})
	if err != nil {
		return nil, 0, err
	}
	values, err := t.wholeKeys(ctx, rows)
	return values, total, err
}

// ProjectKeys lists those of a kind with roles in the project.
func (t *tx) ProjectKeys(ctx context.Context, projectID tidemark.ID, kind tidemark.KeyKind, p tidemark.Page) ([]*tidemark.Key, int, error) {
	rows, total, err := selectPage[keyRow](ctx, t, "listing the keys of a project", p, "kp.created_at, kp.key_id",
		func(q *bun.SelectQuery) *bun.SelectQuery {
			// CROSS keeps SQLite from starting at the keys, which it would have to sort.
			return q.ColumnExpr("?TableColumns").ModelTableExpr("key_projects AS kp CROSS JOIN keys AS k").
				Where("kp.project_id = ?", clean(string(projectID))).Where("kp.kind = ?", clean(string(kind))).Where("k.id = kp.key_id")
		})
	if err != nil {
		return nil, 0, err
	}
	values, err := t.wholeKeys(ctx, rows)
	return values, total, err
}

// UpdateKey writes name, description and roles.
func (t *tx) UpdateKey(ctx context.Context, k *tidemark.Key) error {
	roles, err := toJSON(k.Roles)
	if err != nil {
		return err
	}
	res, err := t.bun.NewRaw(`UPDATE keys SET name = ?, description = ?, roles = ? WHERE id = ?`,
		clean(k.Name), clean(k.Description), roles, clean(string(k.ID))).Exec(ctx)
	if err := changed(res, err, "updating a key", func() error { return keyNotFound(string(k.ID)) }); err != nil {
		return err
	}
	return t.noteProjects(ctx, k)
}

// DeleteKey removes a key with its secrets and access list. Its tokens name
// it, and are good only while it is there.
func (t *tx) DeleteKey(ctx context.Context, id tidemark.ID) error {
	res, err := t.bun.NewDelete().Model((*keyRow)(nil)).Where("id = ?", clean(string(id))).Exec(ctx)
	return changed(res, err, "deleting a key", func() error { return keyNotFound(string(id)) })
}

func keyNotFound(key string) error {
	return tidemark.Errorf(tidemark.CodeKeyNotFound, "no key is called %s", key).WithParams(key)
}
