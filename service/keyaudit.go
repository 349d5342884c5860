package service

import (
	"context"
	"net/netip"
	"strings"

	"tidemark"
)

// keyEvents are the types for one kind of key.
type keyEvents struct {
	roles, details, added, removed, entryAdded, entryDeleted tidemark.EventType
}

func keyEventsOf(k *tidemark.Key) keyEvents {
	if k.Kind == tidemark.KeyServiceAccount {
		return keyEvents{
			roles: tidemark.EventServiceAccountRolesChanged, details: tidemark.EventServiceAccountDetailsChanged,
			added: tidemark.EventServiceAccountAddedToProject, removed: tidemark.EventServiceAccountRemovedFromProject,
			entryAdded: tidemark.EventServiceAccountAccessEntryAdded, entryDeleted: tidemark.EventServiceAccountAccessEntryDeleted,
		}
	}
	return keyEvents{
		roles: tidemark.EventAPIKeyRolesChanged, details: tidemark.EventAPIKeyDescriptionChanged,
		added: tidemark.EventAPIKeyAddedToProject, removed: tidemark.EventAPIKeyRemovedFromProject,
		entryAdded: tidemark.EventAPIKeyAccessEntryAdded, entryDeleted: tidemark.EventAPIKeyAccessEntryDeleted,
	}
}

// recordInKeys appends an event about a key to the scope it was changed in.
func (s *Service) recordInKeys(ctx context.Context, tx tidemark.Tx, c tidemark.Caller, k keysIn, key *tidemark.Key, t tidemark.EventType, details map[string]string) error {
	e := tidemark.Event{Type: t, OrgID: key.OrgID, TargetPublicID: key.PublicID, Details: details}
	if k.project != nil {
		e.ProjectID = k.project.ID
	}
	return s.record(ctx, tx, c, e)
}

// recordKeyUpdate tells what of a key was changed.
func (s *Service) recordKeyUpdate(ctx context.Context, tx tidemark.Tx, c tidemark.Caller, k keysIn, key *tidemark.Key, r tidemark.KeyUpdate) error {
	if r.Name != nil || r.Description != nil {
		if err := s.recordInKeys(ctx, tx, c, k, key, keyEventsOf(key).details, nil); err != nil {
			return err
		}
	}
	if r.Roles == nil {
		return nil
	}
	return s.recordInKeys(ctx, tx, c, k, key, keyEventsOf(key).roles, rolesDetail(*r.Roles))
}

func rolesDetail(names []tidemark.RoleName) map[string]string {
	words := make([]string, len(names))
	for n, name := range names {
		words[n] = string(name)
	}
	return map[string]string{"roles": strings.Join(words, ", ")}
}

func networkDetail(n netip.Prefix) map[string]string { return map[string]string{"network": n.String()} }
