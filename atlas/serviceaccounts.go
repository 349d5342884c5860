package atlas

import (
	"regexp"
	"time"

	"tidemark"
)

// serviceAccount is OrgServiceAccount and GroupServiceAccount.
type serviceAccount struct {
	ClientID    string                 `json:"clientId"`
	CreatedAt   date                   `json:"createdAt"`
	Description string                 `json:"description"`
	Name        string                 `json:"name"`
	Roles       []tidemark.RoleName    `json:"roles"` // in the organization or project of the path
	Secrets     []serviceAccountSecret `json:"secrets"`
}

// serviceAccountSecret is ServiceAccountSecret.
type serviceAccountSecret struct {
	CreatedAt         date        `json:"createdAt"`
	ExpiresAt         date        `json:"expiresAt"`
	ID                tidemark.ID `json:"id"`
	LastUsedAt        *date       `json:"lastUsedAt,omitempty"`
	MaskedSecretValue string      `json:"maskedSecretValue,omitempty"`
	Secret            string      `json:"secret,omitempty"`
}

// Bounds of a secret's life in hours, from Atlas's documentation.
const (
	minSecretHours = 8
	maxSecretHours = 365 * 24
)

var accountText = regexp.MustCompile(`^[\p{L}\p{N}\-_.,' ]*$`)

func (q *request) serviceAccount(k *tidemark.Key) any {
	account := serviceAccount{
		ClientID:    k.PublicID,
		CreatedAt:   date{k.CreatedAt},
		Description: k.Description,
		Name:        k.Name,
		Roles:       []tidemark.RoleName{},
		Secrets:     []serviceAccountSecret{},
	}
	if account.Name == "" { // one that the service made for itself
		account.Name = k.Description
	}
	for _, r := range k.Roles {
		if r.ProjectID == q.projectID() {
			account.Roles = append(account.Roles, r.Name)
		}
	}
	for _, s := range k.Secrets {
		account.Secrets = append(account.Secrets, secretOf(&s))
	}
	return account
}

// secretOf shows a secret when it was just made, and its last characters ever
// after.
func secretOf(s *tidemark.ClientSecret) serviceAccountSecret {
	out := serviceAccountSecret{CreatedAt: date{s.CreatedAt}, ExpiresAt: date{s.ExpiresAt}, ID: s.ID, LastUsedAt: dateOf(s.LastUsedAt), Secret: s.Secret}
	if s.ExpiresAt.IsZero() { // never; the attribute is required
		out.ExpiresAt = date{time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)}
	}
	if s.Secret == "" {
		out.MaskedSecretValue = "mdb_sa_sk_..." + s.Tail
	}
	return out
}

func (a *api) listServiceAccounts(q *request) (any, error) {
	items, total, err := a.service.ListKeys(q.ctx, q.caller, q.keyScope(), tidemark.KeyServiceAccount, q.page)
	return listed(q, items, total, err, q.serviceAccount)
}

func (a *api) getServiceAccount(q *request) (any, error) {
	k, err := a.service.GetKey(q.ctx, q.caller, q.keyScope(), q.keyRef())
	return one(k, err, q.serviceAccount)
}

// createServiceAccount makes one with roles in the organization, or in the
// project, of the path.
func (a *api) createServiceAccount(q *request) (any, error) {
	o, err := q.body()
	if err != nil {
		return nil, err
	}
	r := tidemark.NewKey{
		Kind:        tidemark.KeyServiceAccount,
		Name:        o.text("name", required, 64, accountText),
		Description: o.text("description", required, 250, accountText),
		ExpiresIn:   secretLife(o),
	}
	for _, name := range o.roles("roles", required) {
		r.Roles = append(r.Roles, tidemark.Role{Name: name, OrgID: q.orgID(), ProjectID: q.projectID()})
	}
	if err := o.done(); err != nil {
		return nil, err
	}
	k, err := a.service.CreateKey(q.ctx, q.caller, q.keyScope(), r)
	return one(k, err, q.serviceAccount)
}

func secretLife(o *object) time.Duration {
	const name = "secretExpiresAfterHours"
	hours := o.integer(name, required, minSecretHours)
	if hours > maxSecretHours {
		o.invalid(name, "it is at most %d", maxSecretHours)
	}
	return time.Duration(hours) * time.Hour
}

func (a *api) updateServiceAccount(q *request) (any, error) {
	o, err := q.body()
	if err != nil {
		return nil, err
	}
	r := tidemark.KeyUpdate{
		Name:        o.newText("name", 64, accountText),
		Description: o.newText("description", 250, accountText),
		Roles:       o.newRoles("roles"),
	}
	if err := o.done(); err != nil {
		return nil, err
	}
	k, err := a.service.UpdateKey(q.ctx, q.caller, q.keyScope(), q.keyRef(), r)
	return one(k, err, q.serviceAccount)
}

// inviteServiceAccount gives an account of the organization roles in a project,
// which come in a list of assignments.
func (a *api) inviteServiceAccount(q *request) (any, error) {
	roles, err := q.assignments()
	if err != nil {
		return nil, err
	}
	k, err := a.service.AssignKey(q.ctx, q.caller, q.projectID(), q.keyRef(), roles)
	return one(k, err, q.serviceAccount)
}

// deleteServiceAccount deletes one, or takes it out of the project of the path.
func (a *api) deleteServiceAccount(q *request) (any, error) {
	return nil, a.service.DeleteKey(q.ctx, q.caller, q.keyScope(), q.keyRef())
}

// serviceAccountGroup is ServiceAccountGroup.
type serviceAccountGroup struct {
	GroupID tidemark.ID `json:"groupId"`
}

func (a *api) listServiceAccountProjects(q *request) (any, error) {
	items, total, err := a.service.ListKeyProjects(q.ctx, q.caller, q.orgID(), q.keyRef(), q.page)
	return listed(q, items, total, err, func(p *tidemark.Project) any { return serviceAccountGroup{p.ID} })
}

func (a *api) createSecret(q *request) (any, error) {
	o, err := q.body()
	if err != nil {
		return nil, err
	}
	life := secretLife(o)
	if err := o.done(); err != nil {
		return nil, err
	}
	s, err := a.service.CreateClientSecret(q.ctx, q.caller, q.keyScope(), q.keyRef(), life)
	return one(s, err, func(s *tidemark.ClientSecret) any { return secretOf(s) })
}

func (a *api) deleteSecret(q *request) (any, error) {
	return nil, a.service.DeleteClientSecret(q.ctx, q.caller, q.keyScope(), q.keyRef(), q.id("secretId"))
}
