package atlas

import (
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

// roleNames are the roles of Atlas that a key can be given. Which of them fit
// where is for the service to say.
var roleNames = []string{
	string(tidemark.RoleOrgOwner), string(tidemark.RoleOrgMember), string(tidemark.RoleOrgReadOnly), string(tidemark.RoleOrgGroupCreator),
	string(tidemark.RoleOrgBillingAdmin), string(tidemark.RoleOrgBillingReader),
	string(tidemark.RoleProjectOwner), string(tidemark.RoleProjectReadOnly), string(tidemark.RoleBackupManager), string(tidemark.RoleClusterManager),
	string(tidemark.RoleDataAccessAdmin), string(tidemark.RoleDataAccessReader), string(tidemark.RoleDataAccessWriter),
	string(tidemark.RoleSearchIndexEditor), string(tidemark.RoleStreamOwner), string(tidemark.RoleObserver), string(tidemark.RoleDatabaseUserAdmin),
}

// roles reads an attribute that lists at least one role.
func (o *object) roles(name string, p presence) []tidemark.RoleName {
	var out []tidemark.RoleName
	for _, word := range o.words(name, p, roleNames...) {
		out = append(out, tidemark.RoleName(word))
	}
	return out
}

// newRoles reads roles that are to replace others; nil if they are not there.
func (o *object) newRoles(name string) *[]tidemark.RoleName {
	if !o.has(name) {
		return nil
	}
	roles := o.roles(name, optional)
	return &roles
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

// keyScope is the organization or the project of the path.
func (q *request) keyScope() tidemark.KeyScope {
	return tidemark.KeyScope{OrgID: q.orgID(), ProjectID: q.projectID()}
}

// keyRef is the key that the path names.
func (q *request) keyRef() tidemark.KeyRef {
	return tidemark.KeyRef{ID: q.id("apiUserId"), ClientID: q.path["clientId"]}
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
	items, total, err := a.service.ListKeys(q.ctx, q.caller, q.keyScope(), tidemark.KeyAPI, q.page)
	return listed(q, items, total, err, q.apiKey)
}

func (a *api) getAPIKey(q *request) (any, error) {
	k, err := a.service.GetKey(q.ctx, q.caller, q.keyScope(), q.keyRef())
	return one(k, err, q.apiKey)
}

func (a *api) createAPIKey(q *request) (any, error) {
	o, err := q.body()
	if err != nil {
		return nil, err
	}
	r := tidemark.NewKey{Kind: tidemark.KeyAPI, Description: o.text("desc", required, 250, nil)}
	for _, name := range o.roles("roles", required) {
		r.Roles = append(r.Roles, tidemark.Role{Name: name, OrgID: q.orgID()})
	}
	if err := o.done(); err != nil {
		return nil, err
	}
	k, err := a.service.CreateKey(q.ctx, q.caller, q.keyScope(), r)
	return one(k, err, q.apiKey)
}

// createProjectAPIKey makes a key of the project's organization. Like Atlas it
// makes the key a member of the organization, whatever its roles are.
func (a *api) createProjectAPIKey(q *request) (any, error) {
	o, err := q.body()
	if err != nil {
		return nil, err
	}
	r := tidemark.NewKey{Kind: tidemark.KeyAPI, Description: o.text("desc", required, 250, nil)}
	for _, name := range o.roles("roles", required) {
		role := tidemark.Role{Name: name}
		if !strings.HasPrefix(string(name), "ORG_") {
			role.ProjectID = q.projectID()
		}
		r.Roles = append(r.Roles, role)
	}
	if err := o.done(); err != nil {
		return nil, err
	}
	k, err := a.service.CreateKey(q.ctx, q.caller, q.keyScope(), r)
	return one(k, err, q.apiKey)
}

// updateAPIKey replaces the roles in the organization, or in the project.
func (a *api) updateAPIKey(q *request) (any, error) {
	o, err := q.body()
	if err != nil {
		return nil, err
	}
	r := tidemark.KeyUpdate{Description: o.newText("desc", 250, nil), Roles: o.newRoles("roles")}
	if err := o.done(); err != nil {
		return nil, err
	}
	k, err := a.service.UpdateKey(q.ctx, q.caller, q.keyScope(), q.keyRef(), r)
	return one(k, err, q.apiKey)
}

// assignAPIKey gives a key of the organization roles in a project. They come in
// a list of assignments, all of which are for the one key.
func (a *api) assignAPIKey(q *request) (any, error) {
	roles, err := q.assignments("userId")
	if err != nil {
		return nil, err
	}
	_, err = a.service.AssignKey(q.ctx, q.caller, q.projectID(), q.keyRef(), roles)
	return nil, err
}

// assignments reads a body that lists objects with roles, and with attributes
// that only answers have.
func (q *request) assignments(readOnly ...string) ([]tidemark.RoleName, error) {
	objects, err := q.bodies()
	if err != nil {
		return nil, err
	}
	var roles []tidemark.RoleName
	for _, o := range objects {
		o.readOnly(readOnly...)
		roles = append(roles, o.roles("roles", required)...)
		if err := o.done(); err != nil {
			return nil, err
		}
	}
	return roles, nil
}

// deleteAPIKey deletes a key, or takes it out of the project of the path.
func (a *api) deleteAPIKey(q *request) (any, error) {
	return nil, a.service.DeleteKey(q.ctx, q.caller, q.keyScope(), q.keyRef())
}

// rotateSigningKey makes another key that signs access tokens.
func (a *api) rotateSigningKey(q *request) (any, error) {
	o, err := q.optionalBody()
	if err != nil {
		return nil, err
	}
	revoke := isTrue(o.flag("revokeTokens"))
	if err := o.done(); err != nil {
		return nil, err
	}
	return nil, a.service.RotateSigningKey(q.ctx, q.caller, revoke)
}
