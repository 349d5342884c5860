package atlas

import (
	"slices"
	"strings"

	"tidemark"
)

// apiKey is ApiKeyUserDetails.
type apiKey struct {
	Desc       string       `json:"desc,omitempty"`
	ID         tidemark.ID  `json:"id"`
	Links      []link       `json:"links"`
	PrivateKey string       `json:"privateKey"`
	PublicKey  string       `json:"publicKey"`
	Roles      []roleOfUser `json:"roles"`
}

// roleOfUser is CloudAccessRoleAssignment.
type roleOfUser struct {
	GroupID  tidemark.ID       `json:"groupId,omitempty"`
	OrgID    tidemark.ID       `json:"orgId,omitempty"`
	RoleName tidemark.RoleName `json:"roleName"`
}

// The roles that a key can be given. Atlas knows more; those mean nothing here.
var (
	orgRoles = []tidemark.RoleName{
		tidemark.RoleOrgOwner, tidemark.RoleOrgMember, tidemark.RoleOrgReadOnly, tidemark.RoleOrgGroupCreator,
	}
	projectRoles = []tidemark.RoleName{
		tidemark.RoleProjectOwner, tidemark.RoleProjectReadOnly, tidemark.RoleBackupManager, tidemark.RoleClusterManager,
		tidemark.RoleDataAccessAdmin, tidemark.RoleDataAccessReader, tidemark.RoleDataAccessWriter,
	}
)

func words(roles []tidemark.RoleName) []string {
	out := make([]string, len(roles))
	for i, r := range roles {
		out[i] = string(r)
	}
	return out
}

func rolesOf(roles []tidemark.Role) []roleOfUser {
	out := make([]roleOfUser, 0, len(roles))
	for _, r := range roles {
		role := roleOfUser{GroupID: r.ProjectID, RoleName: r.Name}
		if r.ProjectID == "" {
			role.OrgID = r.OrgID
		}
		out = append(out, role)
	}
	return out
}

// apiKey shows the private key when it was just made, and its last twelve
// characters ever after.
func (q *request) apiKey(k *tidemark.Key) any {
	private := k.Secret
	if private == "" {
		private = "********-****-****-" + k.SecretTail
	}
	return apiKey{
		Desc:       k.Description,
		ID:         k.ID,
		Links:      q.self("/orgs/%s/apiKeys/%s", k.OrgID, k.ID),
		PrivateKey: private,
		PublicKey:  k.PublicID,
		Roles:      rolesOf(k.Roles),
	}
}

func (a *api) listAPIKeys(q *request) (any, error) {
	items, total, err := a.service.ListKeys(q.ctx, q.caller, q.orgID(), tidemark.KeyAPI, q.page)
	return listed(q, items, total, err, q.apiKey)
}

func (a *api) getAPIKey(q *request) (any, error) {
	k, err := a.apiKeyByID(q)
	return one(k, err, q.apiKey)
}

// apiKeyByID does not find service accounts.
func (a *api) apiKeyByID(q *request) (*tidemark.Key, error) {
	id := q.id("apiUserId")
	k, err := a.service.GetKey(q.ctx, q.caller, q.orgID(), id)
	if err == nil && k.Kind != tidemark.KeyAPI {
		return nil, tidemark.Errorf(tidemark.CodeKeyNotFound, "%s is not an API key", id).WithParams(id)
	}
	return k, err
}

func (a *api) createAPIKey(q *request) (any, error) {
	o, err := q.body()
	if err != nil {
		return nil, err
	}
	r := tidemark.NewKey{Kind: tidemark.KeyAPI, Description: o.text("desc", required, 250, nil)}
	for _, name := range o.words("roles", required, words(orgRoles)...) {
		r.Roles = append(r.Roles, tidemark.Role{Name: tidemark.RoleName(name), OrgID: q.orgID()})
	}
	if err := o.done(); err != nil {
		return nil, err
	}
	k, err := a.service.CreateKey(q.ctx, q.caller, q.orgID(), r)
	return one(k, err, q.apiKey)
}

// createProjectAPIKey makes a key of the project's organization. Like Atlas it
// makes the key a member of the organization, whatever its roles are.
func (a *api) createProjectAPIKey(q *request) (any, error) {
	o, err := q.body()
	if err != nil {
		return nil, err
	}
	description := o.text("desc", required, 250, nil)
	names := o.words("roles", required, slices.Concat(words(projectRoles), words(orgRoles))...)
	if err := o.done(); err != nil {
		return nil, err
	}
	p, err := a.service.GetProject(q.ctx, q.caller, q.projectID())
	if err != nil {
		return nil, err
	}
	k, err := a.service.CreateKey(q.ctx, q.caller, p.OrgID, tidemark.NewKey{
		Kind: tidemark.KeyAPI, Description: description, Roles: rolesIn(p, names),
	})
	return one(k, err, q.apiKey)
}

func rolesIn(p *tidemark.Project, names []string) []tidemark.Role {
	if !slices.ContainsFunc(names, func(name string) bool { return strings.HasPrefix(name, "ORG_") }) {
		names = append(names, string(tidemark.RoleOrgMember))
	}
	var roles []tidemark.Role
	for _, name := range names {
		role := tidemark.Role{Name: tidemark.RoleName(name), OrgID: p.OrgID}
		if strings.HasPrefix(name, "GROUP_") {
			role = tidemark.Role{Name: tidemark.RoleName(name), ProjectID: p.ID}
		}
		roles = append(roles, role)
	}
	return roles
}

func (a *api) deleteAPIKey(q *request) (any, error) {
	k, err := a.apiKeyByID(q)
	if err != nil {
		return nil, err
	}
	return nil, a.service.DeleteKey(q.ctx, q.caller, q.orgID(), k.ID)
}
