package replaytest

import "net/http"

// ProjectReplays are about projects.
func ProjectReplays() []Replay {
	return []Replay{
		terraformProject(),
		{
			Name: "atlas projects create, describe, delete", Agent: CLI, Given: Nothing,
			Steps: []Step{
				{Send: "POST /api/atlas/v2/groups?projectOwnerId=", Version: v2023, Status: http.StatusCreated,
					Body: `{"clusterCount":0,"created":"0001-01-01T00:00:00Z","name":"p2","orgId":"{o}"}`,
					Has:  []string{"name=p2", "orgId={o}", "clusterCount=0", "created"}, Save: map[string]string{"{p}": "id"}},
				{Send: "GET /api/atlas/v2/groups/{p}", Version: v2023, Status: http.StatusOK, Has: []string{"name=p2"}},
				{Send: "DELETE /api/atlas/v2/groups/{p}", Version: v2023, Status: http.StatusAccepted},
				{Send: "GET /api/atlas/v2/groups/{p}", Version: v2023, Status: http.StatusNotFound, Has: []string{"errorCode=GROUP_NOT_FOUND"}},
			},
		},
	}
}
