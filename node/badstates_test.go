package node_test

import (
	"net"
	"net/http"
)

// badStates asks for what is well-formed and cannot be done now.
func (s *scene) badStates() []bad {
	const gone, incomplete = "CANNOT_START_RESTORE_JOB_FOR_DELETED_SNAPSHOT", "CANNOT_START_RESTORE_JOB_FOR_INCOMPLETE_CLUSTER_SNAPSHOT"
	var out []bad
	for _, c := range []struct {
		source  string
		status  int
		code    string
		changes []any
	}{
		{"shop", 404, "SNAPSHOT_NOT_FOUND", []any{"snapshotId", unknown}},
		{"shop", 404, "SNAPSHOT_NOT_FOUND", []any{"snapshotId", s.foreign}},
		{"shop", 409, gone, []any{"snapshotId", s.expired}},
		{"shop", 409, gone, []any{"snapshotId", s.deleted}},
		{"shop", 409, gone, []any{"snapshotId", s.deleted, "deliveryType", "download"}},
		{"broken", 409, gone, []any{"snapshotId", s.failed}},
		{"slow", 409, incomplete, []any{"snapshotId", s.unfinished}},
		{"slow", 409, "CANNOT_DOWNLOAD_INCOMPLETE_SNAPSHOT", []any{"snapshotId", s.unfinished, "deliveryType", "download"}},
		{"shop", 404, "CLUSTER_NOT_FOUND", []any{"targetClusterName", "nothing"}},
		{"shop", 404, "CLUSTER_NOT_FOUND", []any{"targetClusterName", "far"}},
		{"shop", 404, "GROUP_NOT_FOUND", []any{"targetGroupId", unknown}},
		{"shop", 409, "ATLAS_CLUSTER_RESTORE_IN_PROGRESS", []any{"targetClusterName", "busy"}},
		{"shop", 409, "RESTORE_INITIATION_FAILED", []any{"targetClusterName", "late"}},
	} {
		body := with(s.good(), c.changes...)
		out = append(out, bad{why: c.source + " " + body, path: s.jobs(s.project, c.source), body: body, status: c.status, code: c.code})
	}
	own := ownPath + "/groups/" + s.project + "/instances/"
	serverless := atlasPath + "/groups/" + s.project + "/serverless/"
	return append(out,
		bad{why: "second snapshot", path: own + "slow/snapshots", status: 400, code: "UNFINISHED_ON_DEMAND_SNAPSHOT"},
		bad{why: "snapshot of a target", path: own + "busy/snapshots", status: 409, code: "ATLAS_CLUSTER_RESTORE_IN_PROGRESS"},
		bad{why: "snapshot too early", path: own + "late/snapshots", status: 409, code: "RESTORE_INITIATION_FAILED"},
		bad{why: "deletion of a snapshot under way", method: http.MethodDelete, path: own + "slow/snapshots/" + s.unfinished, status: 400, code: "CANNOT_DELETE_IN_PROGRESS_SNAPSHOT"},
		bad{why: "deletion of a snapshot in use", method: http.MethodDelete, path: own + "shop/snapshots/" + s.snapshot, status: 409, code: "ATLAS_CLUSTER_RESTORE_IN_PROGRESS"},
		bad{why: "deletion of a target", method: http.MethodDelete, path: serverless + "busy", status: 409, code: "ATLAS_CLUSTER_RESTORE_IN_PROGRESS"},
		bad{why: "deletion of a source", method: http.MethodDelete, path: serverless + "shop", status: 409, code: "ATLAS_CLUSTER_RESTORE_IN_PROGRESS"},
		bad{why: "deletion of what is protected", method: http.MethodDelete, path: serverless + "protected", status: 400, code: "CANNOT_TERMINATE_CLUSTER_WHEN_TERMINATION_PROTECTION_ENABLED"},
		bad{why: "deletion of a project in use", method: http.MethodDelete, path: atlasPath + "/groups/" + s.project, status: 409, code: "CANNOT_CLOSE_GROUP_ACTIVE_ATLAS_CLUSTERS"},
	)
}

// badKeys asks for a good restore in the wrong name.
func (s *scene) badKeys() []bad {
	path, body := s.jobs(s.project, "shop"), with(s.good())
	abroad := with(s.good(), "targetClusterName", "far", "targetGroupId", s.other)
	own := ownPath + "/groups/" + s.project + "/instances/shop/snapshots"
	return []bad{
		{why: "no key", path: path, body: body, key: "none", status: 401},
		{why: "wrong secret", path: path, body: body, key: "wrong", status: 401},
		{why: "unknown key", path: path, body: body, key: "nobody", status: 401},
		{why: "made-up token", path: path, body: body, key: "token", status: 401},
		{why: "reader", path: path, body: body, key: "reader", status: 401, code: "USER_UNAUTHORIZED"},
		{why: "backup manager", path: path, body: body, key: "backup", status: 401, code: "USER_UNAUTHORIZED"},
		{why: "reader of jobs", method: http.MethodGet, path: path, key: "reader", status: 401, code: "USER_UNAUTHORIZED"},
		{why: "reader who takes a snapshot", path: own, key: "reader", status: 401, code: "USER_UNAUTHORIZED"},
		{why: "reader who deletes a snapshot", method: http.MethodDelete, path: own + "/" + s.expired, key: "reader", status: 401, code: "USER_UNAUTHORIZED"},
		{why: "stranger", path: path, body: body, key: "stranger", status: 401, code: "NOT_IN_GROUP"},
		{why: "stranger who looks", method: http.MethodGet, path: own, key: "stranger", status: 401, code: "NOT_IN_GROUP"},
		{why: "owner of the source alone", path: path, body: abroad, key: "source", status: 403, code: "CANNOT_RESTORE_TO_TARGET"},
		{why: "project owner who makes a project", path: atlasPath + "/groups", body: `{"name":"third","orgId":"` + s.Credentials().OrgID + `"}`, key: "source", status: 401, code: "USER_UNAUTHORIZED"},
	}
}

func (s *scene) badVersions() []bad {
	var out []bad
	for _, accept := range []string{
		"-", "application/json", "*/*", "application/vnd.atlas.2022-12-31+json", "application/vnd.atlas.2025-13-45+json",
		"application/vnd.atlas.soon+json", "application/vnd.atlas.2025-03-12+xml", "text/html",
	} {
		out = append(out, bad{why: "Accept: " + accept, path: s.jobs(s.project, "shop"), body: with(s.good()), accept: accept, status: 406, code: "INVALID_VERSION_DATE"})
	}
	return out
}

// badResources asks for instances and projects that cannot be.
func (s *scene) badResources() []bad {
	provider := map[string]any{"backingProviderName": "AWS", "regionName": "US_EAST_1"}
	made := map[string]any{"name": "fresh", "providerSettings": provider}
	project := map[string]any{"name": "fresh", "orgId": s.Credentials().OrgID}
	serverless, own := atlasPath+"/groups/"+s.project+"/serverless", ownPath+"/groups/"+s.project+"/instances"
	register := func(uri string) string { return with(map[string]any{"name": "fresh", "uri": uri}) }
	return []bad{
		{why: "name that is taken", path: serverless, body: with(made, "name", "shop"), status: 400, code: "DUPLICATE_CLUSTER_NAME"},
		{why: "name that cannot be", path: serverless, body: with(made, "name", "no name"), status: 400, code: "INVALID_ATTRIBUTE"},
		{why: "no name", path: serverless, body: with(made, "name", nil), status: 400, code: "MISSING_ATTRIBUTE"},
		{why: "no provider", path: serverless, body: with(made, "providerSettings", nil), status: 400, code: "MISSING_ATTRIBUTE"},
		{why: "unknown provider", path: serverless, body: with(made, "providerSettings", map[string]any{"backingProviderName": "CLOUD", "regionName": "X"}), status: 400, code: "INVALID_ENUM_VALUE"},
		{why: "unknown attribute", path: serverless, body: with(made, "size", 3), status: 400, code: "INVALID_ATTRIBUTE"},
		{why: "new name", method: http.MethodPatch, path: serverless + "/spare", body: `{"name":"other"}`, status: 400, code: "ATTRIBUTE_READ_ONLY"},
		{why: "schedule of seconds", method: http.MethodPatch, path: own + "/spare", body: `{"snapshotIntervalHours":0.001}`, status: 400, code: "INVALID_ATTRIBUTE"},
		{why: "retention of nothing", path: own + "/spare/snapshots", body: `{"retentionInDays":0}`, status: 400, code: "INVALID_ATTRIBUTE"},
		{why: "web address", path: own, body: register("http://127.0.0.1/"), status: 400, code: "INVALID_ATTRIBUTE"},
		{why: "no host", path: own, body: register("mongodb://"), status: 400, code: "INVALID_ATTRIBUTE"},
		{why: "nobody there", path: own, body: register("mongodb://" + nobody() + "/?serverSelectionTimeoutMS=50"), status: 400, code: "TENANT_RESTORE_DESTINATION_UNAVAILABLE"},
		{why: "project that is there", path: atlasPath + "/groups", body: with(project, "name", "other"), status: 409, code: "GROUP_ALREADY_EXISTS"},
		{why: "project of no organization", path: atlasPath + "/groups", body: with(project, "orgId", unknown), status: 404, code: "ORG_NOT_FOUND"},
		{why: "project without a name", path: atlasPath + "/groups", body: with(project, "name", nil), status: 400, code: "MISSING_ATTRIBUTE"},
	}
}

// nobody is an address that nobody listens on.
func nobody() string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	defer l.Close()
	return l.Addr().String()
}
