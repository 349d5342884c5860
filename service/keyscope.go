package service

import (
	"context"
	"slices"

	"tidemark"
)

// keysIn is a scope that the caller may work in.
type keysIn struct {
	orgID   tidemark.ID
	project *tidemark.Project // nil: the whole organization
}

// keyReader checks that the caller may see keys of a kind in the scope.
func keyReader(ctx context.Context, tx tidemark.Tx, c tidemark.Caller, in tidemark.KeyScope, kind tidemark.KeyKind) (keysIn, error) {
	need := rightRead
	if kind != tidemark.KeyServiceAccount {
		need = rightOwn
	}
	return enter(ctx, tx, c, in, need)
}

// keyOwner checks that the caller owns the scope.
func keyOwner(ctx context.Context, tx tidemark.Tx, c tidemark.Caller, in tidemark.KeyScope) (keysIn, error) {
	return enter(ctx, tx, c, in, rightOwn, tidemark.RoleOrgOwner)
}

// enter checks for the right in a project, or for one of the roles in an
// organization; any if none are named.
func enter(ctx context.Context, tx tidemark.Tx, c tidemark.Caller, in tidemark.KeyScope, need right, roles ...tidemark.RoleName) (keysIn, error) {
	if in.ProjectID == "" {
		_, err := organization(ctx, tx, c, in.OrgID, roles...)
		return keysIn{orgID: in.OrgID}, err
	}
	p, err := project(ctx, tx, c, in.ProjectID, need)
	if err != nil {
		return keysIn{}, err
	}
	return keysIn{orgID: p.OrgID, project: p}, nil
}

func kindOf(ref tidemark.KeyRef) tidemark.KeyKind {
	if ref.ClientID != "" {
		return tidemark.KeyServiceAccount
	}
	return tidemark.KeyAPI
}

// keyOf looks a key of an organization up.
func keyOf(ctx context.Context, tx tidemark.Tx, orgID tidemark.ID, ref tidemark.KeyRef) (key *tidemark.Key, err error) {
	if kindOf(ref) == tidemark.KeyServiceAccount {
		key, err = tx.KeyByPublicID(ctx, tidemark.KeyServiceAccount, ref.ClientID)
	} else {
		key, err = tx.Key(ctx, ref.ID)
	}
	if tidemark.ErrorCode(err) == tidemark.CodeKeyNotFound || err == nil && (key.OrgID != orgID || key.Kind != kindOf(ref)) {
		return nil, noKey(ref)
	}
	return key, err
}

func noKey(ref tidemark.KeyRef) error {
	if kindOf(ref) == tidemark.KeyServiceAccount {
		return tidemark.Errorf(tidemark.CodeServiceAccountNotFound, "there is no service account %s", clip(ref.ClientID)).
			WithParams(clip(ref.ClientID))
	}
	return tidemark.Errorf(tidemark.CodeKeyNotFound, "there is no API key %s", ref.ID).WithParams(ref.ID)
}

// find looks a key of the scope up.
func (k keysIn) find(ctx context.Context, tx tidemark.Tx, ref tidemark.KeyRef) (*tidemark.Key, error) {
	key, err := keyOf(ctx, tx, k.orgID, ref)
	if err != nil {
		return nil, err
	}
	if k.project != nil && !slices.ContainsFunc(key.Roles, k.has) {
		return nil, noKey(ref)
	}
	return key, nil
}

// has says whether a role is one in the scope.
func (k keysIn) has(r tidemark.Role) bool {
	if k.project == nil {
		return r.ProjectID == "" && r.OrgID == k.orgID
	}
	return r.ProjectID == k.project.ID
}

// rolesElsewhere are those of the key's roles that the scope is not about.
func (k keysIn) rolesElsewhere(key *tidemark.Key) []tidemark.Role {
	return slices.DeleteFunc(slices.Clone(key.Roles), k.has)
}

// findFor looks a key up for something that would let the caller act as the
// key: then the caller must be able to grant all that the key has.
func (k keysIn) findFor(ctx context.Context, tx tidemark.Tx, c tidemark.Caller, ref tidemark.KeyRef) (*tidemark.Key, error) {
	key, err := k.find(ctx, tx, ref)
	if err != nil {
		return nil, err
	}
	return key, mayGrant(ctx, tx, c, key.Roles)
}

// changeKeyFor changes a key that findFor finds.
func (s *Service) changeKeyFor(ctx context.Context, c tidemark.Caller, in tidemark.KeyScope, ref tidemark.KeyRef, change func(tidemark.Tx, keysIn, *tidemark.Key) error) error {
	return s.store.Update(ctx, func(tx tidemark.Tx) error {
		k, err := keyOwner(ctx, tx, c, in)
		if err != nil {
			return err
		}
		key, err := k.findFor(ctx, tx, c, ref)
		if err != nil {
			return err
		}
		return change(tx, k, key)
	})
}
