package tidemark

import "time"

// RoleName is a role in Atlas's words.
type RoleName string

// The roles that mean something here.
const (
	RoleOrgOwner           RoleName = "ORG_OWNER"
	RoleOrgMember          RoleName = "ORG_MEMBER"
	RoleOrgReadOnly        RoleName = "ORG_READ_ONLY"
	RoleOrgGroupCreator    RoleName = "ORG_GROUP_CREATOR"
	RoleProjectOwner       RoleName = "GROUP_OWNER"
	RoleProjectReadOnly    RoleName = "GROUP_READ_ONLY"
	RoleBackupManager      RoleName = "GROUP_BACKUP_MANAGER"
	RoleClusterManager     RoleName = "GROUP_CLUSTER_MANAGER"
	RoleDataAccessAdmin    RoleName = "GROUP_DATA_ACCESS_ADMIN"
	RoleDataAccessReader   RoleName = "GROUP_DATA_ACCESS_READ_ONLY"
	RoleDataAccessWriter   RoleName = "GROUP_DATA_ACCESS_READ_WRITE"
	RoleProjectChartsAdmin RoleName = "GROUP_CHARTS_ADMIN"
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
	// Secret is the private key or client secret, filled only by the call that
	// makes the key. SecretTail is its last characters, for showing it masked.
	Secret     string
	SecretTail string
	Roles      []Role
	CreatedAt  time.Time
	ExpiresAt  time.Time // of the secret; zero: never
	LastUsedAt time.Time
}

// Caller is who makes a request, after authentication. Every method of the
// service takes one.
type Caller struct {
	KeyID      ID
	Kind       KeyKind
	PublicID   string
	OrgID      ID
	Roles      []Role
	RemoteAddr string
}

// AccessToken is what a service account gets for its secret.
type AccessToken struct {
	Token     string
	ExpiresIn time.Duration
}
