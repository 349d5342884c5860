package service

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"time"

	"tidemark"
)

const (
	rolesMax = 100
	// The life of a service account's secret, as Atlas has it: 8 hours to a year.
	secretLifeMin     = 8 * time.Hour
	secretLifeMax     = 365 * 24 * time.Hour
	secretLifeDefault = secretLifeMax
)

// ListKeys needs any role in the organization; kind "" is any.
func (s *Service) ListKeys(ctx context.Context, c tidemark.Caller, orgID tidemark.ID, kind tidemark.KeyKind, p tidemark.Page) ([]*tidemark.Key, int, error) {
	if err := checkPage(p); err != nil {
		return nil, 0, err
	}
	var (
		list  []*tidemark.Key
		total int
	)
	err := s.store.View(ctx, func(tx tidemark.Tx) (err error) {
		if _, err = organization(ctx, tx, c, orgID); err != nil {
			return err
		}
		list, total, err = tx.Keys(ctx, orgID, kind, p)
		return err
	})
	if err != nil {
		return nil, 0, err
	}
	return list, total, nil
}

// GetKey needs any role in the organization.
func (s *Service) GetKey(ctx context.Context, c tidemark.Caller, orgID, id tidemark.ID) (*tidemark.Key, error) {
	var k *tidemark.Key
	err := s.store.View(ctx, func(tx tidemark.Tx) (err error) {
		if _, err = organization(ctx, tx, c, orgID); err != nil {
			return err
		}
		k, err = keyOf(ctx, tx, orgID, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	return k, nil
}

func keyOf(ctx context.Context, tx tidemark.Tx, orgID, id tidemark.ID) (*tidemark.Key, error) {
	k, err := tx.Key(ctx, id)
	if err != nil {
		return nil, err
	}
	if k.OrgID != orgID {
		return nil, tidemark.Errorf(tidemark.CodeKeyNotFound, "the organization %s has no key %s", orgID, id).WithParams(id)
	}
	return k, nil
}

// CreateKey needs ORG_OWNER. A key that has roles in projects only becomes a
// member of the organization besides.
func (s *Service) CreateKey(ctx context.Context, c tidemark.Caller, orgID tidemark.ID, r tidemark.NewKey) (*tidemark.Key, error) {
	var k *tidemark.Key
	err := s.store.Update(ctx, func(tx tidemark.Tx) error {
		if _, err := organization(ctx, tx, c, orgID, tidemark.RoleOrgOwner); err != nil {
			return err
		}
		roles, err := checkNewKey(ctx, tx, orgID, r)
		if err != nil {
			return err
		}
		k = newKey(orgID, r.Kind, r.Description, roles, s.now(), r.ExpiresIn)
		if err := tx.CreateKey(ctx, k); err != nil {
			return err
		}
		return s.recordNewKey(ctx, tx, c, k)
	})
	if err != nil {
		return nil, err
	}
	return k, nil
}

func checkNewKey(ctx context.Context, tx tidemark.Tx, orgID tidemark.ID, r tidemark.NewKey) ([]tidemark.Role, error) {
	if err := checkDescription("description", r.Description); err != nil {
		return nil, err
	}
	switch r.Kind {
	case tidemark.KeyAPI:
		if r.ExpiresIn != 0 {
			return nil, invalid("secretExpiresAfterHours", "is of service accounts only")
		}
	case tidemark.KeyServiceAccount:
		if r.ExpiresIn != 0 && (r.ExpiresIn < secretLifeMin || r.ExpiresIn > secretLifeMax) {
			return nil, invalid("secretExpiresAfterHours", "must be from 8 to 8760")
		}
	default:
		return nil, invalidEnum(string(r.Kind), "kind", "apiKey, serviceAccount")
	}
	return checkRoles(ctx, tx, orgID, r.Roles)
}

// checkRoles returns the roles, each once, all of them within the organization.
func checkRoles(ctx context.Context, tx tidemark.Tx, orgID tidemark.ID, asked []tidemark.Role) ([]tidemark.Role, error) {
	switch {
	case len(asked) == 0:
		return nil, missing("roles")
	case len(asked) > rolesMax:
		return nil, invalid("roles", "may have at most 100 entries")
	}
	var roles []tidemark.Role
	member := false
	for _, r := range asked {
		if err := checkRole(ctx, tx, orgID, r); err != nil {
			return nil, err
		}
		if r.ProjectID == "" {
			r.OrgID, member = orgID, true
		} else {
			r.OrgID = ""
		}
		if !slices.Contains(roles, r) {
			roles = append(roles, r)
		}
	}
	if !member {
		roles = append(roles, tidemark.Role{Name: tidemark.RoleOrgMember, OrgID: orgID})
	}
	return roles, nil
}

func checkRole(ctx context.Context, tx tidemark.Tx, orgID tidemark.ID, r tidemark.Role) error {
	switch {
	case isOrgRole(r.Name):
		if r.ProjectID != "" || r.OrgID != "" && r.OrgID != orgID {
			return invalid("roles", fmt.Sprintf("must give %s in the key's organization", r.Name))
		}
		return nil
	case !isProjectRole(r.Name):
		return invalidEnum(string(r.Name), "roles", "the roles of organizations and projects, such as GROUP_OWNER")
	case r.ProjectID == "":
		return invalid("roles", fmt.Sprintf("must name the project of %s", r.Name))
	}
	p, err := tx.Project(ctx, r.ProjectID)
	if err != nil && tidemark.ErrorCode(err) != tidemark.CodeProjectNotFound {
		return err
	}
	if err != nil || p.OrgID != orgID {
		return invalid("roles", "must name projects of the key's organization")
	}
	return nil
}

// newKey makes a key with its secret.
func newKey(orgID tidemark.ID, kind tidemark.KeyKind, description string, roles []tidemark.Role, now time.Time, life time.Duration) *tidemark.Key {
	k := &tidemark.Key{
		ID:          tidemark.NewID(),
		OrgID:       orgID,
		Kind:        kind,
		Description: description,
		Roles:       roles,
		CreatedAt:   now,
	}
	if kind == tidemark.KeyAPI {
		k.PublicID, k.Secret = randomLetters(8), randomUUID()
		k.SecretTail = k.Secret[len(k.Secret)-12:]
		return k
	}
	if life == 0 {
		life = secretLifeDefault
	}
	k.PublicID, k.Secret = "mdb_sa_id_"+tidemark.RandomHex(12), "mdb_sa_sk_"+tidemark.RandomHex(32)
	k.SecretTail = k.Secret[len(k.Secret)-4:]
	k.ExpiresAt = now.Add(life)
	return k
}

// randomLetters returns n lower-case letters.
func randomLetters(n int) string {
	const letters = 'z' - 'a' + 1
	out := make([]byte, 0, n)
	for b := make([]byte, 1); len(out) < n; {
		rand.Read(b) // never fails: it aborts the program instead
		// Above the last whole multiple of 26 some letters would come more often.
		if b[0] < 256/letters*letters {
			out = append(out, 'a'+b[0]%letters)
		}
	}
	return string(out)
}

// randomUUID returns a UUID of version 4 (RFC 9562, section 5.4).
func randomUUID() string {
	var b [16]byte
	rand.Read(b[:])
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// DeleteKey needs ORG_OWNER. The last key of an organization that is its owner
// stays: without it nobody could make another.
func (s *Service) DeleteKey(ctx context.Context, c tidemark.Caller, orgID, id tidemark.ID) error {
	return s.store.Update(ctx, func(tx tidemark.Tx) error {
		if _, err := organization(ctx, tx, c, orgID, tidemark.RoleOrgOwner); err != nil {
			return err
		}
		k, err := keyOf(ctx, tx, orgID, id)
		if err != nil {
			return err
		}
		if ownsOrg(k) {
			if err := s.checkOtherOwner(ctx, tx, k); err != nil {
				return err
			}
		}
		if err := tx.DeleteKey(ctx, id); err != nil {
			return err
		}
		return s.recordKeyDeletion(ctx, tx, c, k)
	})
}

func ownsOrg(k *tidemark.Key) bool {
	return slices.Contains(k.Roles, tidemark.Role{Name: tidemark.RoleOrgOwner, OrgID: k.OrgID})
}

// checkOtherOwner looks for another key that is owner and has not expired.
func (s *Service) checkOtherOwner(ctx context.Context, tx tidemark.Tx, k *tidemark.Key) error {
	for page := (tidemark.Page{Number: 1, Size: pageMax}); ; page.Number++ {
		list, total, err := tx.Keys(ctx, k.OrgID, "", page)
		if err != nil {
			return err
		}
		for _, other := range list {
			usable := other.ExpiresAt.IsZero() || other.ExpiresAt.After(s.now())
			if other.ID != k.ID && ownsOrg(other) && usable {
				return nil
			}
		}
		if len(list) == 0 || page.Offset()+len(list) >= total {
			return tidemark.Errorf(tidemark.CodeForbidden, "%s is the last key that owns the organization %s", k.PublicID, k.OrgID).
				WithHint("make another key with the role ORG_OWNER first")
		}
	}
}
