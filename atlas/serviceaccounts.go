package atlas

import (
	"regexp"
	"time"

	"tidemark"
)

// serviceAccount is OrgServiceAccount.
type serviceAccount struct {
	ClientID    string                 `json:"clientId"`
	CreatedAt   date                   `json:"createdAt"`
	Description string                 `json:"description"`
	Name        string                 `json:"name"`
	Roles       []tidemark.RoleName    `json:"roles"`
	Secrets     []serviceAccountSecret `json:"secrets"`
}

// serviceAccountSecret is ServiceAccountSecret. There is one of each account,
// so it has the account's id.
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
	}
	if account.Name == "" { // one that the service made for itself
		account.Name = k.Description
	}
	for _, r := range k.Roles {
		if r.ProjectID == "" {
			account.Roles = append(account.Roles, r.Name)
		}
	}
	secret := serviceAccountSecret{CreatedAt: date{k.CreatedAt}, ExpiresAt: date{k.ExpiresAt}, ID: k.ID, LastUsedAt: dateOf(k.LastUsedAt), Secret: k.Secret}
	if k.ExpiresAt.IsZero() { // never; the attribute is required
		secret.ExpiresAt = date{time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)}
	}
	if k.Secret == "" {
		secret.MaskedSecretValue = "mdb_sa_sk_..." + k.SecretTail
	}
	account.Secrets = []serviceAccountSecret{secret}
	return account
}

func (a *api) listServiceAccounts(q *request) (any, error) {
	items, total, err := a.service.ListKeys(q.ctx, q.caller, q.orgID(), tidemark.KeyServiceAccount, q.page)
	return listed(q, items, total, err, q.serviceAccount)
}

func (a *api) getServiceAccount(q *request) (any, error) {
	k, err := a.serviceAccountByClientID(q)
	return one(k, err, q.serviceAccount)
}

// serviceAccountByClientID looks through the accounts of the organization: the
// service finds keys by id, the API names these by client id.
func (a *api) serviceAccountByClientID(q *request) (*tidemark.Key, error) {
	clientID := q.path["clientId"]
	for page := (tidemark.Page{Number: 1, Size: 500}); ; page.Number++ {
		items, _, err := a.service.ListKeys(q.ctx, q.caller, q.orgID(), tidemark.KeyServiceAccount, page)
		if err != nil {
			return nil, err
		}
		for _, k := range items {
			if k.PublicID == clientID {
				return k, nil
			}
		}
		if len(items) < page.Size {
			return nil, tidemark.Errorf(codeServiceAccountNotFound, "no service account %s", clientID).WithParams(clientID)
		}
	}
}

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
	for _, name := range o.words("roles", required, words(orgRoles)...) {
		r.Roles = append(r.Roles, tidemark.Role{Name: tidemark.RoleName(name), OrgID: q.orgID()})
	}
	if err := o.done(); err != nil {
		return nil, err
	}
	k, err := a.service.CreateKey(q.ctx, q.caller, q.orgID(), r)
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

func (a *api) deleteServiceAccount(q *request) (any, error) {
	k, err := a.serviceAccountByClientID(q)
	if err != nil {
		return nil, err
	}
	return nil, a.service.DeleteKey(q.ctx, q.caller, q.orgID(), k.ID)
}
