package node_test

import "net/http"

const atlasPath, ownPath = "/api/atlas/v2", "/api/tidemark/v1"

// jobs is the path of the restore jobs of an instance.
func (s *scene) jobs(project, instance string) string {
	return atlasPath + "/groups/" + project + "/serverless/" + instance + "/backup/restoreJobs"
}

func (s *scene) badPaths() []bad {
	body := with(s.good())
	instance := ownPath + "/groups/" + s.project + "/instances/shop"
	backup := atlasPath + "/groups/" + s.project + "/serverless/shop/backup"
	return []bad{
		{why: "malformed project", path: s.jobs("nonsense", "shop"), body: body, status: 404, code: "INVALID_GROUP_ID"},
		{why: "project in capitals", path: s.jobs("0123456789ABCDEF01234567", "shop"), body: body, status: 404, code: "INVALID_GROUP_ID"},
		{why: "unknown project", path: s.jobs(unknown, "shop"), body: body, status: 404, code: "GROUP_NOT_FOUND"},
		{why: "malformed instance", path: s.jobs(s.project, "-shop"), body: body, status: 400, code: "CLUSTER_NAME_INVALID"},
		{why: "instance with a space", path: s.jobs(s.project, "sh%20op"), body: body, status: 400, code: "CLUSTER_NAME_INVALID"},
		{why: "instance with a slash", path: s.jobs(s.project, "..%2Fshop"), body: body, status: 400, code: "CLUSTER_NAME_INVALID"},
		{why: "unknown instance", path: s.jobs(s.project, "nothing"), body: body, status: 404, code: "CLUSTER_NOT_FOUND"},
		{why: "instance of another project", path: s.jobs(s.other, "shop"), body: body, status: 404, code: "CLUSTER_NOT_FOUND"},
		{why: "flex instance", path: s.jobs(s.project, "flex"), body: body, status: 400, code: "CANNOT_USE_CLUSTER_IN_SERVERLESS_INSTANCE_API"},
		{why: "unknown path", path: atlasPath + "/groups/" + s.project + "/serverles", body: body, status: 404, code: "RESOURCE_NOT_FOUND"},
		{why: "unknown method", method: http.MethodPut, path: s.jobs(s.project, "shop"), body: body, status: 405},
		{why: "malformed snapshot", method: http.MethodGet, path: backup + "/snapshots/12", status: 404, code: "INVALID_SNAPSHOT_ID"},
		{why: "unknown snapshot", method: http.MethodGet, path: backup + "/snapshots/" + unknown, status: 404, code: "SNAPSHOT_NOT_FOUND"},
		{why: "snapshot of another", method: http.MethodGet, path: backup + "/snapshots/" + s.foreign, status: 404, code: "SNAPSHOT_NOT_FOUND"},
		{why: "malformed job", method: http.MethodGet, path: backup + "/restoreJobs/12", status: 404, code: "INVALID_JOB_ID"},
		{why: "unknown job", method: http.MethodGet, path: backup + "/restoreJobs/" + unknown, status: 404, code: "RESTORE_JOB_NOT_FOUND"},
		{why: "deletion of an unknown snapshot", method: http.MethodDelete, path: instance + "/snapshots/" + unknown, status: 404, code: "SNAPSHOT_NOT_FOUND"},
		{why: "snapshot of nothing", path: ownPath + "/groups/" + s.project + "/instances/nothing/snapshots", status: 404, code: "CLUSTER_NOT_FOUND"},
		{why: "page of no items", method: http.MethodGet, path: s.jobs(s.project, "shop") + "?itemsPerPage=0", status: 400, code: "INVALID_QUERY_PARAMETER"},
		{why: "no page", method: http.MethodGet, path: s.jobs(s.project, "shop") + "?pageNum=x", status: 400, code: "INVALID_QUERY_PARAMETER"},
		{why: "envelope of neither kind", path: s.jobs(s.project, "shop") + "?envelope=perhaps", body: body, status: 400, code: "INVALID_QUERY_PARAMETER"},
		{why: "unknown download", method: http.MethodGet, path: ownPath + "/downloads/" + unknown + "/shop.archive.gz", key: "none", status: 404, code: "RESOURCE_NOT_FOUND"},
	}
}

func (s *scene) badBodies() []bad {
	var out []bad
	for why, body := range map[string]string{
		"no body": "", "half a body": `{"deliveryType":`, "array": "[]", "word": "automated", "null": "null",
		"something behind the body": with(s.good()) + "{}", "attribute twice": `{"deliveryType":"automated","deliveryType":"download"}`,
	} {
		out = append(out, bad{why: why, path: s.jobs(s.project, "shop"), body: body, status: 400, code: "MALFORMED_JSON"})
	}
	return append(out,
		bad{why: "body of another kind", path: s.jobs(s.project, "shop"), body: with(s.good()), media: "text/plain", status: 415, code: "UNSUPPORTED_MEDIA_TYPE"},
		bad{why: "huge body", path: s.jobs(s.project, "shop"), body: with(s.good(), "snapshotId", string(make([]byte, 8<<20))), status: 413, code: "REQUEST_TOO_LARGE"},
	)
}

// badAttributes changes the good body in ways that its form forbids.
func (s *scene) badAttributes() []bad {
	var out []bad
	for _, c := range []struct {
		code    string
		changes []any
	}{
		{"INVALID_ATTRIBUTE", []any{"colour", "red"}},
		{"INVALID_ATTRIBUTE", []any{"SnapshotId", s.snapshot}},
		{"INVALID_ATTRIBUTE", []any{"snapshotId", "nonsense"}},
		{"INVALID_ATTRIBUTE", []any{"snapshotId", 12}},
		{"INVALID_ATTRIBUTE", []any{"targetClusterName", "no name"}},
		{"INVALID_ATTRIBUTE", []any{"targetGroupId", "nonsense"}},
		{"ATTRIBUTE_READ_ONLY", []any{"id", unknown}},
		{"ATTRIBUTE_READ_ONLY", []any{"finishedAt", "2026-01-01T00:00:00Z"}},
		{"INVALID_ENUM_VALUE", []any{"deliveryType", "pigeon"}},
		{"MISSING_ATTRIBUTE", []any{"deliveryType", nil}},
		{"MISSING_ATTRIBUTE", []any{"snapshotId", nil}},
		{"MISSING_ATTRIBUTE", []any{"targetClusterName", nil}},
		{"MISSING_ATTRIBUTE", []any{"targetClusterName", ""}},
		{"MISSING_ATTRIBUTE", []any{"targetGroupId", nil}},
		{"MISSING_ATTRIBUTE", []any{"targetGroupId", ""}},
		{"MISSING_ATTRIBUTE", []any{"deliveryType", "download", "snapshotId", nil}},
	} {
		body := with(s.good(), c.changes...)
		out = append(out, bad{why: body, path: s.jobs(s.project, "shop"), body: body, status: 400, code: c.code})
	}
	return out
}

func (s *scene) badTimes() []bad {
	const at = 1767225600
	var out []bad
	for _, c := range []struct {
		status  int
		code    string
		changes []any
	}{
		{400, "INVALID_ATTRIBUTE", []any{"oplogTs", at, "oplogInc", 1}},
		{400, "INVALID_ATTRIBUTE", []any{"pointInTimeUTCSeconds", at}},
		{400, "INVALID_ATTRIBUTE", []any{"deliveryType", "download", "pointInTimeUTCSeconds", at}},
		{400, "INVALID_PIT_RESTORE_TIME", []any{"deliveryType", "pointInTime"}},
		{400, "INVALID_PIT_RESTORE_TIME", []any{"deliveryType", "pointInTime", "oplogTs", at, "oplogInc", 1, "pointInTimeUTCSeconds", at}},
		{400, "MISSING_ATTRIBUTE", []any{"deliveryType", "pointInTime", "oplogTs", at}},
		{400, "MISSING_ATTRIBUTE", []any{"deliveryType", "pointInTime", "oplogInc", 1}},
		{400, "INVALID_ATTRIBUTE", []any{"deliveryType", "pointInTime", "pointInTimeUTCSeconds", 1}},
		{400, "INVALID_ATTRIBUTE", []any{"deliveryType", "pointInTime", "oplogTs", at, "oplogInc", 0}},
		{400, "INVALID_ATTRIBUTE", []any{"deliveryType", "pointInTime", "pointInTimeUTCSeconds", 1.5}},
		{409, "NO_CHECKPOINT_FOR_PIT_RESTORE", []any{"deliveryType", "pointInTime", "snapshotId", nil, "pointInTimeUTCSeconds", at}},
		{409, "NO_CHECKPOINT_FOR_PIT_RESTORE", []any{"deliveryType", "pointInTime", "snapshotId", nil, "oplogTs", at, "oplogInc", 1}},
	} {
		body := with(s.good(), c.changes...)
		out = append(out, bad{why: body, path: s.jobs(s.project, "shop"), body: body, status: c.status, code: c.code})
	}
	return out
}
