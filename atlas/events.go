package atlas

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"tidemark"
)

// event is EventViewForNdsGroup and EventViewForOrg: which of their many kinds
// it is, eventTypeName says. clusterName and targetPublicKey are in real
// answers only.
type event struct {
	APIKeyID        tidemark.ID        `json:"apiKeyId,omitempty"`
	ClusterName     string             `json:"clusterName,omitempty"`
	Created         date               `json:"created"`
	EventTypeName   tidemark.EventType `json:"eventTypeName"`
	GroupID         tidemark.ID        `json:"groupId,omitempty"`
	ID              tidemark.ID        `json:"id"`
	IsGlobalAdmin   bool               `json:"isGlobalAdmin"`
	Links           []link             `json:"links"`
	OrgID           tidemark.ID        `json:"orgId"`
	PublicKey       string             `json:"publicKey,omitempty"`
	Raw             *rawEvent          `json:"raw,omitempty"`
	RemoteAddress   string             `json:"remoteAddress,omitempty"`
	ResourceID      tidemark.ID        `json:"resourceId,omitempty"`
	ResourceType    string             `json:"resourceType,omitempty"`
	TargetPublicKey string             `json:"targetPublicKey,omitempty"`
}

// rawEvent is raw. Its description has the details, which have no place elsewhere.
type rawEvent struct {
	Type        tidemark.EventType `json:"_t"`
	ProjectID   tidemark.ID        `json:"cid,omitempty"`
	Created     date               `json:"cre"`
	Description string             `json:"description"`
	ID          tidemark.ID        `json:"id"`
	OrgID       tidemark.ID        `json:"orgId"`
	Severity    string             `json:"severity"`
}

func (q *request) event(raw bool) func(*tidemark.Event) any {
	return func(e *tidemark.Event) any {
		out := event{
			APIKeyID: e.KeyID, ClusterName: e.InstanceName, Created: date{e.CreatedAt}, EventTypeName: e.Type,
			GroupID: e.ProjectID, ID: e.ID, OrgID: e.OrgID, PublicKey: e.PublicID, RemoteAddress: e.RemoteAddr,
			TargetPublicKey: e.TargetPublicID, Links: q.self("/orgs/%s/events/%s", e.OrgID, e.ID),
		}
		if q.path["groupId"] != "" {
			out.Links = q.self("/groups/%s/events/%s", e.ProjectID, e.ID)
		}
		switch e.Type {
		case tidemark.EventProjectTagsModified:
			out.ResourceType, out.ResourceID = "project", e.ProjectID
		case tidemark.EventTagsModified:
			out.ResourceType = "cluster"
		}
		if raw {
			out.Raw = &rawEvent{
				Type: e.Type, ProjectID: e.ProjectID, Created: date{e.CreatedAt}, Description: describeEvent(e),
				ID: e.ID, OrgID: e.OrgID, Severity: severityOf(e.Type),
			}
		}
		return out
	}
}

// describeType says a type in words: "Group name changed".
func describeType(t tidemark.EventType) string {
	words := strings.ToLower(strings.ReplaceAll(strings.TrimSuffix(string(t), "_AUDIT"), "_", " "))
	return strings.ToUpper(words[:1]) + words[1:]
}

// describeEvent says the type in words, and the details in order.
func describeEvent(e *tidemark.Event) string {
	details := maps.Clone(e.Details)
	if details == nil {
		details = map[string]string{}
	}
	for name, value := range map[string]string{
		"clusterName": e.InstanceName, "snapshotId": string(e.SnapshotID), "restoreJobId": string(e.JobID),
		"targetPublicKey": e.TargetPublicID,
	} {
		if value != "" {
			details[name] = value
		}
	}
	var b strings.Builder
	b.WriteString(describeType(e.Type))
	for n, name := range slices.Sorted(maps.Keys(details)) {
		b.WriteString(cmp.Or(map[int]string{0: ": "}[n], ", "))
		b.WriteString(name + " " + details[name])
	}
	return b.String()
}

func severityOf(t tidemark.EventType) string {
	if strings.HasSuffix(string(t), "_FAILED") {
		return "ERROR"
	}
	return "INFO"
}

// eventTypeDetails is EventTypeDetails. There are no alerts.
type eventTypeDetails struct {
	Alertable   bool               `json:"alertable"`
	Description string             `json:"description"`
	EventType   tidemark.EventType `json:"eventType"`
}

// listEventTypes lists the types that are written here.
func (a *api) listEventTypes(q *request) (any, error) {
	all := tidemark.EventTypes
	from := min(q.page.Offset(), len(all))
	items := make([]*tidemark.EventType, 0, q.page.Size)
	for n := from; n < min(from+q.page.Size, len(all)); n++ {
		items = append(items, &all[n])
	}
	return listed(q, items, len(all), nil, func(t *tidemark.EventType) any {
		return eventTypeDetails{Description: describeType(*t), EventType: *t}
	})
}

func (a *api) listEvents(q *request) (any, error) {
	f, raw, err := q.eventFilter()
	if err != nil {
		return nil, err
	}
	items, total, err := a.service.ListEvents(q.ctx, q.caller, f, q.page)
	return listed(q, items, total, err, q.event(raw))
}

func (a *api) getEvent(q *request) (any, error) {
	p := queryReader{values: q.query}
	raw := p.flag("includeRaw", false)
	if p.err != nil {
		return nil, p.err
	}
	e, err := a.service.GetEvent(q.ctx, q.caller, q.orgID(), q.projectID(), q.id("eventId"))
	return one(e, err, q.event(raw))
}

// eventFilter reads the query of a list. Filters by cluster and by what to
// leave out are of projects only.
func (q *request) eventFilter() (f tidemark.EventFilter, raw bool, err error) {
	f = tidemark.EventFilter{OrgID: q.orgID(), ProjectID: q.projectID()}
	p := queryReader{values: q.query}
	raw = p.flag("includeRaw", false)
	for _, t := range p.repeated("eventType", eventTypeName) {
		f.Types = append(f.Types, tidemark.EventType(t))
	}
	f.From, f.Until = p.date("minDate"), p.date("maxDate")
	if f.ProjectID != "" {
		f.Instances = p.repeated("clusterNames", instanceName)
		for _, t := range p.repeated("excludedEventType", eventTypeName) {
			f.Excluded = append(f.Excluded, tidemark.EventType(t))
		}
	}
	return f, raw, p.err
}

// eventTypeName is wider than the types of the document: "the complete list of
// event type values changes frequently", it says.
var eventTypeName = regexp.MustCompile(`^[A-Z][A-Z0-9_]{0,99}$`)

// repeatedMax is how often a parameter that may be repeated may come.
const repeatedMax = 100

// repeated reads a parameter that may be given several times.
func (p *queryReader) repeated(name string, pattern *regexp.Regexp) []string {
	values := p.values[name]
	if len(values) > repeatedMax {
		p.fail(name, "it is given more than 100 times")
		return nil
	}
	for _, v := range values {
		if !pattern.MatchString(v) {
			if p.err == nil {
				p.err = tidemark.Errorf(tidemark.CodeInvalidEnum, "it does not match %s", pattern).
					WithParams(strings.ToValidUTF8(v[:min(len(v), 64)], ""), name)
			}
			return nil
		}
	}
	return values
}

// dateForms are the forms of ISO 8601 that a date may have; a plus sign that
// was not escaped arrives as a space.
var dateForms = []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02T15:04Z07:00", "2006-01-02T15:04", time.DateOnly}

// date reads a date and time, UTC where it says nothing else; zero if it is
// not there.
func (p *queryReader) date(name string) time.Time {
	s, given := p.value(name)
	if !given {
		return time.Time{}
	}
	for _, form := range dateForms {
		if t, err := time.Parse(form, strings.ReplaceAll(s, " ", "+")); err == nil {
			return t.UTC()
		}
	}
	if p.err == nil {
		p.err = tidemark.Errorf(codeInvalidDate, "it is not a date of ISO 8601").WithParams(strings.ToValidUTF8(s[:min(len(s), 64)], ""), name)
	}
	return time.Time{}
}
