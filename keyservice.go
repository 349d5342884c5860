package tidemark

import (
	"context"
	"net/netip"
	"time"
)

// KeyScope is where keys are looked at and changed: in a whole organization,
// where ProjectID is empty, or in one project. A key is in the projects in
// which it has roles.
type KeyScope struct{ OrgID, ProjectID ID }

// KeyRef names a key as the API does: an API key by its ID, a service account
// by its client id. One of the two is set.
type KeyRef struct {
	ID       ID
	ClientID string
}

// KeyService is a part of Service. No method lets a caller give out more than
// it has: an owner of the organization may do all, the owner of a project what
// stays within the project. A key that is not in the scope is CodeKeyNotFound,
// or CodeServiceAccountNotFound. In a project, whatever would make the caller
// more powerful by a key with roles elsewhere is CodeForbidden.
type KeyService interface {
	ListKeys(ctx context.Context, c Caller, in KeyScope, kind KeyKind, p Page) ([]*Key, int, error)
	GetKey(ctx context.Context, c Caller, in KeyScope, ref KeyRef) (*Key, error)
	// CreateKey returns the key with its secret, for the only time.
	CreateKey(ctx context.Context, c Caller, in KeyScope, r NewKey) (*Key, error)
	// UpdateKey changes what is not nil. Roles are those in the scope: others
	// of the key stay. CodeLastOwner if nobody would own the organization.
	UpdateKey(ctx context.Context, c Caller, in KeyScope, ref KeyRef, r KeyUpdate) (*Key, error)
	// DeleteKey deletes a key of an organization, and takes its roles in the
	// project from one of a project. CodeLastOwner as above.
	DeleteKey(ctx context.Context, c Caller, in KeyScope, ref KeyRef) error
	// AssignKey gives a key of the project's organization more roles in the
	// project.
	AssignKey(ctx context.Context, c Caller, projectID ID, ref KeyRef, roles []RoleName) (*Key, error)
	// ListKeyProjects lists the projects in which a key has roles.
	ListKeyProjects(ctx context.Context, c Caller, orgID ID, ref KeyRef, p Page) ([]*Project, int, error)

	// CreateClientSecret returns the secret, for the only time. life is from 8
	// hours to a year.
	CreateClientSecret(ctx context.Context, c Caller, in KeyScope, ref KeyRef, life time.Duration) (*ClientSecret, error)
	// DeleteClientSecret is CodeSecretNotFound for one that the key does not have.
	DeleteClientSecret(ctx context.Context, c Caller, in KeyScope, ref KeyRef, id ID) error

	// ListAccess lists the access list of a key.
	ListAccess(ctx context.Context, c Caller, in KeyScope, ref KeyRef, p Page) ([]*AccessEntry, int, error)
	// GetAccess is CodeAccessEntryNotFound for a network that is not on the list.
	GetAccess(ctx context.Context, c Caller, in KeyScope, ref KeyRef, network netip.Prefix) (*AccessEntry, error)
	// AddAccess puts all networks on the list or none; CodeDuplicateAddress for
	// one that is on it.
	AddAccess(ctx context.Context, c Caller, in KeyScope, ref KeyRef, networks []netip.Prefix) error
	// DeleteAccess is CodeCallerOnAccessList if the caller would shut itself out.
	DeleteAccess(ctx context.Context, c Caller, in KeyScope, ref KeyRef, network netip.Prefix) error

	// RotateSigningKey makes another key that signs access tokens. Tokens of the
	// last one stay good until they expire, unless revoke says that none does.
	// It needs an owner of the oldest organization, which is the service's own.
	RotateSigningKey(ctx context.Context, c Caller, revoke bool) error
}

// NewKey asks for a key.
type NewKey struct {
	Kind        KeyKind
	Name        string // of a service account
	Description string
	Roles       []Role
	ExpiresIn   time.Duration // of a service account's secret; zero: a year
}

// KeyUpdate changes what is not nil.
type KeyUpdate struct {
	Name        *string
	Description *string
	Roles       *[]RoleName
}
