package service

import (
	"slices"

	"tidemark"
)

// right is a set of things that a role allows in a project.
type right uint

const (
	rightRead    right = 1 << iota // see instances and snapshots
	rightBackup                    // take and delete snapshots
	rightOperate                   // change dedicated instances
	rightData                      // see documents
	rightNetwork                   // add to the access list
	rightOwn                       // everything else

	rightAll = rightRead | rightBackup | rightOperate | rightData | rightNetwork | rightOwn
)

// projectRights says what a role in a project allows there.
var projectRights = map[tidemark.RoleName]right{
	tidemark.RoleProjectOwner:       rightAll,
	tidemark.RoleBackupManager:      rightRead | rightBackup,
	tidemark.RoleClusterManager:     rightRead | rightOperate,
	tidemark.RoleProjectReadOnly:    rightRead,
	tidemark.RoleDataAccessAdmin:    rightRead | rightData,
	tidemark.RoleDataAccessReader:   rightRead | rightData,
	tidemark.RoleDataAccessWriter:   rightRead | rightData,
	tidemark.RoleProjectChartsAdmin: rightRead | rightNetwork,
	tidemark.RoleSearchIndexEditor:  rightRead,
	tidemark.RoleStreamOwner:        rightRead,
	tidemark.RoleObserver:           rightRead,
	tidemark.RoleDatabaseUserAdmin:  rightRead,
}

// orgRights says what a role in an organization allows in all its projects.
var orgRights = map[tidemark.RoleName]right{
	tidemark.RoleOrgOwner:         rightAll,
	tidemark.RoleOrgReadOnly:      rightRead,
	tidemark.RoleOrgMember:        0,
	tidemark.RoleOrgGroupCreator:  0,
	tidemark.RoleOrgBillingAdmin:  0,
	tidemark.RoleOrgBillingReader: 0,
}

func isOrgRole(name tidemark.RoleName) bool { _, ok := orgRights[name]; return ok }

func isProjectRole(name tidemark.RoleName) bool { _, ok := projectRights[name]; return ok }

// rightsIn is all that the caller's roles allow in the project.
func rightsIn(c tidemark.Caller, p *tidemark.Project) right {
	var all right
	for _, role := range c.Roles {
		switch {
		case role.ProjectID != "" && role.ProjectID == p.ID:
			all |= projectRights[role.Name]
		case role.ProjectID == "" && role.OrgID == p.OrgID:
			all |= orgRights[role.Name]
		}
	}
	return all
}

// hasOrgRole says whether the caller has one of the roles in the organization;
// any role there if none are named.
func hasOrgRole(c tidemark.Caller, orgID tidemark.ID, names ...tidemark.RoleName) bool {
	return slices.ContainsFunc(c.Roles, func(r tidemark.Role) bool {
		return r.ProjectID == "" && r.OrgID == orgID && isOrgRole(r.Name) &&
			(len(names) == 0 || slices.Contains(names, r.Name))
	})
}

// orgsWith lists the organizations in which the caller has one of the roles;
// any role if none are named.
func orgsWith(c tidemark.Caller, names ...tidemark.RoleName) []tidemark.ID {
	ids := []tidemark.ID{}
	for _, r := range c.Roles {
		if hasOrgRole(c, r.OrgID, names...) && !slices.Contains(ids, r.OrgID) {
			ids = append(ids, r.OrgID)
		}
	}
	return ids
}

// projectsOf lists the projects in which the caller has a role of its own.
func projectsOf(c tidemark.Caller) []tidemark.ID {
	ids := []tidemark.ID{}
	for _, r := range c.Roles {
		if r.ProjectID != "" && isProjectRole(r.Name) && !slices.Contains(ids, r.ProjectID) {
			ids = append(ids, r.ProjectID)
		}
	}
	return ids
}
