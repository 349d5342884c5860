package store

import (
	"context"

	"tidemark"
)

// UpdateKey writes name, description and roles.
func (t *tx) UpdateKey(ctx context.Context, k *tidemark.Key) error {
	roles, err := toJSON(k.Roles)
	if err != nil {
		return err
	}
	res, err := t.bun.NewUpdate().Model((*keyRow)(nil)).
		Set("name = ?", clean(k.Name)).Set("description = ?", clean(k.Description)).Set("roles = ?", roles).
		Where("id = ?", clean(string(k.ID))).Exec(ctx)
	return changed(res, err, "updating a key", func() error { return keyNotFound(string(k.ID)) })
}
