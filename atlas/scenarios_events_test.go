package atlas_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"tidemark"
)

// projectTypes are the types that a project may list; the others are of
// organizations alone.
func projectTypes() []tidemark.EventType {
	return slices.DeleteFunc(slices.Clone(tidemark.EventTypes), func(t tidemark.EventType) bool {
		return strings.HasPrefix(string(t), "ORG_") || t == tidemark.EventOrgSecurityContact
	})
}

// everyEvent adds one event of every type, those of projects a minute apart; the
// first is {e}.
func everyEvent(f *fixture) []string {
	f.t.Helper()
	ofProject := projectTypes()
	for _, t := range tidemark.EventTypes {
		if !slices.Contains(ofProject, t) {
			f.AddEvent(tidemark.Event{Type: t, OrgID: f.OrgID, KeyID: f.Owner.ID})
		}
	}
	var first *tidemark.Event
	for n, t := range ofProject {
		e := f.AddEvent(tidemark.Event{
			Type: t, CreatedAt: start.Add(time.Duration(n) * time.Minute), OrgID: f.OrgID, ProjectID: f.ProjectID,
			InstanceName: []string{"shop", "target"}[n%2], SnapshotID: tidemark.NewID(), JobID: tidemark.NewID(), TargetPublicID: "abcdefgh",
			KeyID: f.Owner.ID, KeyKind: f.Owner.Kind, PublicID: f.Owner.PublicID, RemoteAddr: "127.0.0.1",
			Details: map[string]string{"reason": "of a test"},
		})
		if first == nil {
			first = e
		}
	}
	return []string{"{e}", string(first.ID)}
}

func init() {
	bad := func(root string) []refusal {
		return []refusal{
			{path: root + "?minDate=yesterday", status: wrong, code: "INVALID_DATE_FORMAT"},
			{path: root + "?maxDate=2026-13-01T00:00:00Z", status: wrong, code: "INVALID_DATE_FORMAT"},
			{path: root + "?eventType=no%20type", status: wrong, code: "INVALID_ENUM_VALUE"},
			{path: root + "?includeRaw=maybe", status: wrong, code: "INVALID_QUERY_PARAMETER"},
			{path: root + "?eventType=A" + strings.Repeat("&eventType=A", 100), status: wrong, code: "INVALID_QUERY_PARAMETER"},
		}
	}
	const projectEvents, orgEvents = groupRoot + "/events", orgRoot + "/events"
	unknown := func(root string) []refusal {
		return []refusal{
			{path: root + "/{x}", status: notThere, code: "EVENT_NOT_FOUND"},
			{path: root + "/short", status: notThere, code: "EVENT_NOT_FOUND"},
			{path: root + "/{e}?includeRaw=maybe", status: wrong, code: "INVALID_QUERY_PARAMETER"},
		}
	}
	register(map[string]scenario{
		"listEventTypes": {call: call{method: get, path: apiRoot + "/eventTypes"}, check: func(f *fixture, _ string, a answer) {
			if got := a.object()["totalCount"]; got != float64(len(tidemark.EventTypes)) {
				f.t.Errorf("there are %v types", got)
			}
			if got := f.get(apiRoot + "/eventTypes?itemsPerPage=10&pageNum=2").results(); len(got) != 10 || got[0]["eventType"] != string(tidemark.EventTypes[10]) {
				f.t.Errorf("the page is %v", got)
			}
		}},
		"listProjectEvents": {call: call{method: get, path: projectEvents + "?itemsPerPage=500&includeRaw=true"}, given: everyEvent,
			check: func(f *fixture, _ string, a answer) {
				got := a.results()
				if all := projectTypes(); len(got) != len(all) || got[0]["eventTypeName"] != string(all[len(got)-1]) {
					f.t.Errorf("%d events, first %v", len(got), got[0])
				}
			},
			refusals: append(bad(projectEvents),
				refusal{path: projectEvents + "?clusterNames=a_b", status: wrong, code: "INVALID_ENUM_VALUE"},
				refusal{path: projectEvents + "?excludedEventType=-", status: wrong, code: "INVALID_ENUM_VALUE"},
				refusal{key: stranger, status: notAllowed, code: "NOT_IN_GROUP"})},
		"getProjectEvent": {call: call{method: get, path: projectEvents + "/{e}"}, given: everyEvent, refusals: unknown(projectEvents)},
		"listOrganizationEvents": {call: call{method: get, path: orgEvents + "?itemsPerPage=500&includeRaw=true"}, given: everyEvent,
			check: func(f *fixture, _ string, a answer) {
				got := a.results()
				if !strings.Contains(string(a.body), "SECURITY_CONTACT_MODIFIED") {
					f.t.Errorf("the organization lists %d events", len(got))
				}
				for _, e := range got {
					if !tidemark.EventType(e["eventTypeName"].(string)).OfOrganization() {
						f.t.Errorf("the organization lists %v", e)
					}
				}
			},
			refusals: append(bad(orgEvents), refusal{key: stranger, status: notAllowed, code: "USER_CANNOT_ACCESS_ORG"})},
		"getOrganizationEvent": {call: call{method: get, path: orgEvents + "/{e}"}, given: everyEvent, refusals: unknown(orgEvents)},
	})
}

// TestEventFilters asks for parts of the log.
func TestEventFilters(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	everyEvent(f)
	count := func(query string, want int) []map[string]any {
		t.Helper()
		a := f.get(f.group() + "/events?itemsPerPage=500&" + query).is(http.StatusOK)
		if got := a.results(); len(got) != want || a.object()["totalCount"] != float64(want) {
			t.Errorf("%s: %d events, totalCount %v", query, len(got), a.object()["totalCount"])
		}
		return a.results()
	}
	all := len(projectTypes())
	count("clusterNames=shop", (all+1)/2)
	count("clusterNames=shop&clusterNames=target", all)
	count("eventType=GROUP_CREATED&eventType=GROUP_DELETED", 2)
	count("eventType=HOST_DOWN", 0)
	count("excludedEventType=GROUP_CREATED&excludedEventType=GROUP_DELETED", all-2)
	count("minDate=2026-03-01T12:02:00Z&maxDate=2026-03-01T12:04:00Z", 3)
	count("minDate=2026-03-01T13:02:00%2B01:00&maxDate=2026-03-01T12:04:00.5", 3)
	count("minDate=2026-03-01T13:02:00+01:00&maxDate=2026-03-01T12:04", 3)
	count("maxDate=2026-03-01", 0)
	for _, e := range count("eventType=GROUP_TAGS_MODIFIED", 1) {
		if e["raw"] != nil || e["resourceType"] != "project" || e["clusterName"] == nil || e["publicKey"] != f.Owner.PublicID {
			t.Errorf("the event is %v", e)
		}
	}
	for _, e := range count("eventType=TENANT_SNAPSHOT_FAILED&includeRaw=true", 1) {
		if raw := e["raw"].(map[string]any); raw["severity"] != "ERROR" || !strings.HasPrefix(raw["description"].(string), "Tenant snapshot failed: clusterName ") ||
			!strings.Contains(raw["description"].(string), ", reason of a test, restoreJobId ") {
			t.Errorf("raw is %v", raw)
		}
	}
	for _, link := range f.get(f.group() + "/events?itemsPerPage=2&eventType=GROUP_CREATED&eventType=GROUP_DELETED&eventType=ORG_CREATED").object()["links"].([]any) {
		if s := fmt.Sprint(link); !strings.Contains(s, "eventType=GROUP_CREATED&eventType=GROUP_DELETED&eventType=ORG_CREATED") {
			t.Errorf("a link forgets the filter: %s", s)
		}
	}
}
