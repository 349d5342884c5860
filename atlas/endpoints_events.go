package atlas

import "net/http"

// eventEndpoints are those of the audit log.
var eventEndpoints = []*endpoint{
	{id: "listEventTypes", method: http.MethodGet, path: Prefix + "/eventTypes", versions: since2023, status: http.StatusOK, list: true, run: (*api).listEventTypes},
	{id: "listProjectEvents", method: http.MethodGet, path: groupPath + "/events", versions: since2023, status: http.StatusOK, list: true, run: (*api).listEvents},
	{id: "getProjectEvent", method: http.MethodGet, path: groupPath + "/events/{eventId}", versions: since2023, status: http.StatusOK, run: (*api).getEvent},
	{id: "listOrganizationEvents", method: http.MethodGet, path: orgPath + "/events", versions: since2023, status: http.StatusOK, list: true, run: (*api).listEvents},
	{id: "getOrganizationEvent", method: http.MethodGet, path: orgPath + "/events/{eventId}", versions: since2023, status: http.StatusOK, run: (*api).getEvent},
}
