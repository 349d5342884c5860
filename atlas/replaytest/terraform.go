package replaytest

import "net/http"

// terraformProject is the mongodbatlas_project resource: created with settings,
// limits and tags, read, refreshed and destroyed. The provider crashes on
// settings that lack one of six booleans, takes limits for a bare array and
// managedSlowMs for a bare boolean, and compares withDefaultAlertsSettings.
func terraformProject() Replay {
	const (
		groups = "/api/atlas/v2/groups"
		group  = groups + "/{p}"
		limit  = group + "/limits/atlas.project.deployment.clusters"
		v2025  = "2025-02-19"
	)
	settings := []string{
		"isCollectDatabaseSpecificsStatisticsEnabled", "isDataExplorerEnabled", "isExtendedStorageSizesEnabled=false",
		"isPerformanceAdvisorEnabled=true", "isRealtimePerformancePanelEnabled", "isSchemaAdvisorEnabled=false",
	}
	read := []Step{
		{Send: "GET " + group, Version: v2023, Status: http.StatusOK, Has: []string{"name=tf", "tags.0.key=env", "withDefaultAlertsSettings=false"}},
		{Send: "GET " + group + "/teams?includeCount=true&itemsPerPage=100&pageNum=1", Version: v2023, Status: http.StatusOK, Has: []string{"totalCount=0", "results=[]"}},
		{Send: "GET " + group + "/limits", Version: v2023, Status: http.StatusOK, Has: []string{"0.name=atlas.project.deployment.clusters", "0.value=30"}},
		{Send: "GET " + group + "/ipAddresses", Version: v2023, Status: http.StatusOK, Has: []string{"groupId={p}", "services.clusters=[]"}},
		{Send: "GET " + group + "/settings", Version: v2023, Status: http.StatusOK, Has: settings},
		{Send: "GET " + group + "/managedSlowMs", Version: v2023, Status: http.StatusOK, Has: []string{"=true"}},
		{Send: "GET " + group + "/users?includeCount=true&itemsPerPage=100&pageNum=1", Version: v2025, Status: http.StatusOK, Has: []string{"results=[]"}},
	}
	steps := []Step{
		{Send: "POST " + groups, Version: v2023, Status: http.StatusCreated,
			Body: `{"clusterCount":0,"created":"0001-01-01T00:00:00Z","name":"tf","orgId":"{o}","tags":[{"key":"env","value":"test"}],"withDefaultAlertsSettings":false}`,
			Has:  []string{"withDefaultAlertsSettings=false"}, Save: map[string]string{"{p}": "id"}},
		{Send: "PATCH " + limit, Version: v2023, Status: http.StatusOK, Body: `{"name":"atlas.project.deployment.clusters","value":30}`, Has: []string{"value=30"}},
		{Send: "GET " + group + "/settings", Version: v2023, Status: http.StatusOK, Has: []string{"isSchemaAdvisorEnabled=true"}},
		{Send: "PATCH " + group + "/settings", Version: v2023, Status: http.StatusOK,
			Body: `{"isCollectDatabaseSpecificsStatisticsEnabled":true,"isDataExplorerEnabled":true,"isExtendedStorageSizesEnabled":false,"isPerformanceAdvisorEnabled":true,"isRealtimePerformancePanelEnabled":true,"isSchemaAdvisorEnabled":false}`,
			Has:  settings},
	}
	steps = append(steps, read...)
	steps = append(steps, read...) // the refresh before the next plan
	steps = append(steps,
		Step{Send: "DELETE " + group, Version: v2023, Status: http.StatusAccepted},
		Step{Send: "GET " + group, Version: v2023, Status: http.StatusNotFound, Has: []string{"errorCode=GROUP_NOT_FOUND"}},
	)
	return Replay{Name: "mongodbatlas_project", Agent: Terraform, Given: Nothing, Steps: steps}
}

// terraformServerless is the data source of serverless instances: a page of 500
// and, of each, a bare boolean.
func terraformServerless() Replay {
	index := func(name string) Step {
		return Step{Send: "GET " + sls + "/" + name + "/performanceAdvisor/autoIndexing", Version: v2023, Status: http.StatusOK, Has: []string{"=true"}}
	}
	return Replay{Name: "data mongodbatlas_serverless_instances", Agent: Terraform, Given: Serverless, Steps: []Step{
		{Send: "GET " + sls + "?includeCount=true&itemsPerPage=500&pageNum=1", Version: v2023, Status: http.StatusOK,
			Has: []string{"totalCount=2", "results.0.name=shop", "results.1.name=target"}},
		index("shop"), index("target"),
	}}
}
