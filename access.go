package tidemark

import (
	"net/netip"
	"time"
)

// RoleName is a role in Atlas's words.
type RoleName string

// The roles that keys can be given. Some allow no more here than to see the
// project or organization: what they are about at Atlas, Tidemark does not have.
const (
	RoleOrgOwner           RoleName = "ORG_OWNER"
	RoleOrgMember          RoleName = "ORG_MEMBER"
	RoleOrgReadOnly        RoleName = "ORG_READ_ONLY"
	RoleOrgGroupCreator    RoleName = "ORG_GROUP_CREATOR"
	RoleOrgBillingAdmin    RoleName = "ORG_BILLING_ADMIN"
	RoleOrgBillingReader   RoleName = "ORG_BILLING_READ_ONLY"
	RoleProjectOwner       RoleName = "GROUP_OWNER"
	RoleProjectReadOnly    RoleName = "GROUP_READ_ONLY"
	RoleBackupManager      RoleName = "GROUP_BACKUP_MANAGER"
	RoleClusterManager     RoleName = "GROUP_CLUSTER_MANAGER"
	RoleDataAccessAdmin    RoleName = "GROUP_DATA_ACCESS_ADMIN"
	RoleDataAccessReader   RoleName = "GROUP_DATA_ACCESS_READ_ONLY"
	RoleDataAccessWriter   RoleName = "GROUP_DATA_ACCESS_READ_WRITE"
	RoleProjectChartsAdmin RoleName = "GROUP_CHARTS_ADMIN"
	RoleSearchIndexEditor  RoleName = "GROUP_SEARCH_INDEX_EDITOR"
	RoleStreamOwner        RoleName = "GROUP_STREAM_PROCESSING_OWNER"
	RoleObserver           RoleName = "GROUP_OBSERVABILITY_VIEWER"
	RoleDatabaseUserAdmin  RoleName = "GROUP_DATABASE_ACCESS_ADMIN"
)

// Role is a role in one organization or one project.
type Role struct {
	Name      RoleName `json:"name"`
	OrgID     ID       `json:"orgId,omitempty"`
	ProjectID ID       `json:"projectId,omitempty"`
}

// KeyKind tells API keys from service accounts.
type KeyKind string

// The kinds of key.
const (
	KeyAPI            KeyKind = "apiKey"         // digest authentication
	KeyServiceAccount KeyKind = "serviceAccount" // OAuth 2.0 client credentials
)

// Key is a programmatic caller's identity.
type Key struct {
	ID          ID
	OrgID       ID
	Kind        KeyKind
	PublicID    string // publicKey or clientId
	Name        string // of a service account; "" for an API key
	Description string
	// Secret is the private key of an API key, filled only by the call that makes
	// the key. SecretTail is its last characters, for showing it masked.
	Secret     string
	SecretTail string
	Secrets    []ClientSecret // of a service account, oldest first
	Roles      []Role
	CreatedAt  time.Time
	LastUsedAt time.Time // as noted once a minute
}

// ClientSecret is one of the secrets of a service account. Each is good until
// it expires or is deleted, so that a new one can be spread before the old ends.
type ClientSecret struct {
	ID ID
	// Secret is filled only by the call that makes it; Tail is its last
	// characters.
	Secret     string
	Tail       string
	CreatedAt  time.Time
	ExpiresAt  time.Time // zero: never
	LastUsedAt time.Time // as noted once a minute
}

// Caller is who makes a request, after authentication. Every method of the
// service takes one.
type Caller struct {
	KeyID      ID
	Kind       KeyKind
	PublicID   string
	OrgID      ID
	Roles      []Role
	RemoteAddr string // the client's address, without a port
	// AllowedFrom is the access list of the key; where it is empty, the key may
	// be used from anywhere.
	AllowedFrom []netip.Prefix
	// AccessListRequired says that the organization of the key wants that list
	// not to be empty.
	AccessListRequired bool
}

// AccessToken is what a service account gets for its secret.
type AccessToken struct {
	Token     string
	ExpiresIn time.Duration
}
