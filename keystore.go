package tidemark

import (
	"context"
	"net/netip"
	"time"
)

// Keys is a part of Tx.
type Keys interface {
	// CreateKey stores the key with its secrets: sealed for an API key, because
	// digest authentication needs it back; hashed for a service account.
	CreateKey(ctx context.Context, k *Key) error
	Key(ctx context.Context, id ID) (*Key, error)
	KeyByPublicID(ctx context.Context, kind KeyKind, publicID string) (*Key, error)
	// Keys lists those of an organization by creation; kind "" is any.
	Keys(ctx context.Context, orgID ID, kind KeyKind, p Page) ([]*Key, int, error)
	// ProjectKeys lists those of a kind that have roles in a project, by creation.
	ProjectKeys(ctx context.Context, projectID ID, kind KeyKind, p Page) ([]*Key, int, error)
	// UpdateKey writes name, description and roles.
	UpdateKey(ctx context.Context, k *Key) error
	// DeleteKey removes a key with all that it has, and ends its tokens.
	DeleteKey(ctx context.Context, id ID) error
	// NoteKeyUse adds a use to what is known of the key's uses. What is not
	// there any more is left out.
	NoteKeyUse(ctx context.Context, u KeyUse) error

	// APIKeySecret unseals the private key of an API key.
	APIKeySecret(ctx context.Context, id ID) (string, error)
	// FindClientSecret returns which of the service account's secrets this is,
	// expired ones included, and nil for none. It compares with all of them, in
	// constant time. CodeKeyNotFound if there is no such service account.
	FindClientSecret(ctx context.Context, keyID ID, secret string) (*ClientSecret, error)
	// AddClientSecret stores the secret as a hash.
	AddClientSecret(ctx context.Context, keyID ID, s *ClientSecret) error
	DeleteClientSecret(ctx context.Context, keyID, id ID) error

	// AccessEntries lists the access list of a key by creation.
	AccessEntries(ctx context.Context, keyID ID, p Page) ([]*AccessEntry, int, error)
	AccessEntry(ctx context.Context, keyID ID, network netip.Prefix) (*AccessEntry, error)
	// AccessNetworks is the whole access list of a key.
	AccessNetworks(ctx context.Context, keyID ID) ([]netip.Prefix, error)
	// AddAccessEntry is CodeDuplicateAddress for a network that is on the list.
	AddAccessEntry(ctx context.Context, keyID ID, e *AccessEntry) error
	DeleteAccessEntry(ctx context.Context, keyID ID, network netip.Prefix) error

	// RevokeToken notes that the token with that JWT id is no longer good; the
	// note is dropped after its expiry.
	RevokeToken(ctx context.Context, jti string, expiry time.Time) error
	TokenRevoked(ctx context.Context, jti string) (bool, error)
	// Setting and SetSetting keep small sealed values of the service, such as
	// the keys that sign tokens; a missing one is "".
	Setting(ctx context.Context, name string) (string, error)
	SetSetting(ctx context.Context, name, value string) error
}

// Networks is a part of Tx: the access lists of projects. An entry that is to
// be deleted after a time is not found from then on.
type Networks interface {
	// NetworkEntries lists those of a project by creation.
	NetworkEntries(ctx context.Context, projectID ID, now time.Time, p Page) ([]*NetworkEntry, int, error)
	NetworkEntry(ctx context.Context, projectID ID, network netip.Prefix, now time.Time) (*NetworkEntry, error)
	// ProjectNetworks is the whole access list of a project.
	ProjectNetworks(ctx context.Context, projectID ID, now time.Time) ([]netip.Prefix, error)
	// PutNetworkEntry adds an entry, or replaces the comment and the end of the
	// one that there is.
	PutNetworkEntry(ctx context.Context, e *NetworkEntry) error
	DeleteNetworkEntry(ctx context.Context, projectID ID, network netip.Prefix) error
	// DeleteExpiredNetworks removes the entries whose time is over.
	DeleteExpiredNetworks(ctx context.Context, now time.Time) error
}
