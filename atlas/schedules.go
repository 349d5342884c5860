package atlas

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"tidemark"
)

// schedule is DiskBackupSnapshotSchedule of both versions: they differ in how
// copySettings name a zone, and there are no copies.
type schedule struct {
	AutoExportEnabled                 bool             `json:"autoExportEnabled"`
	ClusterID                         tidemark.ID      `json:"clusterId"`
	ClusterName                       string           `json:"clusterName"`
	CopySettings                      []any            `json:"copySettings"`
	Export                            *autoExport      `json:"export,omitempty"`
	ExtraRetentionSettings            []extraRetention `json:"extraRetentionSettings"`
	Links                             []link           `json:"links"`
	NextSnapshot                      *date            `json:"nextSnapshot,omitempty"`
	Policies                          []policy         `json:"policies"`
	ReferenceHourOfDay                int              `json:"referenceHourOfDay"`
	ReferenceMinuteOfHour             int              `json:"referenceMinuteOfHour"`
	RestoreWindowDays                 int              `json:"restoreWindowDays"`
	UseOrgAndGroupNamesInExportPrefix bool             `json:"useOrgAndGroupNamesInExportPrefix"`
}

type autoExport struct {
	ExportBucketID tidemark.ID `json:"exportBucketId,omitempty"`
	FrequencyType  string      `json:"frequencyType,omitempty"`
}

type extraRetention struct {
	FrequencyType string `json:"frequencyType"`
	RetentionDays int    `json:"retentionDays"`
}

type policy struct {
	ID          tidemark.ID  `json:"id"`
	PolicyItems []policyItem `json:"policyItems"`
}

// policyItem is DiskBackupApiPolicyItem and the items of a compliance policy.
type policyItem struct {
	FrequencyInterval int         `json:"frequencyInterval"`
	FrequencyType     string      `json:"frequencyType"`
	ID                tidemark.ID `json:"id"`
	RetentionUnit     string      `json:"retentionUnit"`
	RetentionValue    int         `json:"retentionValue"`
}

func showItem(item tidemark.PolicyItem) policyItem {
	return policyItem{
		FrequencyInterval: item.Interval, FrequencyType: string(item.Frequency), ID: item.ID,
		RetentionUnit: string(item.Retention.Unit), RetentionValue: item.Retention.Value,
	}
}

func showItems(items []tidemark.PolicyItem) []policyItem {
	out := make([]policyItem, 0, len(items))
	for _, item := range items {
		out = append(out, showItem(item))
	}
	return out
}

func (q *request) showSchedule(s *tidemark.Schedule) any {
	out := schedule{
		AutoExportEnabled:                 s.AutoExport,
		ClusterID:                         s.InstanceID,
		ClusterName:                       s.InstanceName,
		CopySettings:                      []any{},
		ExtraRetentionSettings:            []extraRetention{},
		Links:                             append(q.self(q.family()+"/schedule", q.projectID(), s.InstanceName), q.clusterLinks(q.projectID(), s.InstanceName)...),
		NextSnapshot:                      dateOf(s.NextSnapshotAt),
		Policies:                          []policy{{ID: s.PolicyID, PolicyItems: showItems(s.Items)}},
		ReferenceHourOfDay:                s.ReferenceHour,
		ReferenceMinuteOfHour:             s.ReferenceMinute,
		RestoreWindowDays:                 s.RestoreWindowDays,
		UseOrgAndGroupNamesInExportPrefix: s.NamesInExports,
	}
	if s.Export != nil {
		out.Export = &autoExport{s.Export.BucketID, string(s.Export.Frequency)}
	}
	for _, e := range s.ExtraRetention {
		out.ExtraRetentionSettings = append(out.ExtraRetentionSettings, extraRetention{upperFrequency(e.Frequency), e.Days})
	}
	return out
}

// upperFrequency is a frequency in the words of extraRetentionSettings.
func upperFrequency(f tidemark.Frequency) string {
	if f == tidemark.FrequencyOnDemand {
		return "ON_DEMAND"
	}
	return strings.ToUpper(string(f))
}

func (a *api) getSchedule(q *request) (any, error) {
	s, err := a.service.GetSchedule(q.ctx, q.caller, q.projectID(), q.instance())
	return one(s, err, q.showSchedule)
}

func (a *api) deleteSchedule(q *request) (any, error) {
	s, err := a.service.DeleteSchedule(q.ctx, q.caller, q.projectID(), q.instance())
	return one(s, err, q.showSchedule)
}

func (a *api) updateSchedule(q *request) (any, error) {
	o, err := q.body()
	if err != nil {
		return nil, err
	}
	r := readSchedule(o)
	if err := o.done(); err != nil {
		return nil, err
	}
	s, err := a.service.UpdateSchedule(q.ctx, q.caller, q.projectID(), q.instance(), r)
	return one(s, err, q.showSchedule)
}

// readSchedule reads what is to change. What only answers have is passed over:
// clients send back what they were given.
func readSchedule(o *object) tidemark.ScheduleUpdate {
	o.ignored("clusterId", "clusterName", "links", "nextSnapshot", "deleteCopiedBackups")
	if copies, _ := o.array("copySettings", optional, 64); len(copies) > 0 {
		o.invalid("copySettings", "Tidemark keeps no copies in other regions")
	}
	r := tidemark.ScheduleUpdate{
		ReferenceHour:     o.anyInteger("referenceHourOfDay"),
		ReferenceMinute:   o.anyInteger("referenceMinuteOfHour"),
		RestoreWindowDays: o.anyInteger("restoreWindowDays"),
		AutoExport:        o.flag("autoExportEnabled"),
		NamesInExports:    o.flag("useOrgAndGroupNamesInExportPrefix"),
		UpdateSnapshots:   isTrue(o.flag("updateSnapshots")),
		ExtraRetention:    readExtraRetention(o),
	}
	if o.has("export") {
		e := o.object("export", optional)
		r.Export = &tidemark.AutoExport{
			BucketID:  e.identifier("exportBucketId", required, false),
			Frequency: tidemark.Frequency(e.enum("frequencyType", required, "daily", "weekly", "monthly", "yearly")),
		}
		_ = e.done() // its fault is o's, too
	}
	o.ignored("export") // null
	readPolicies(o, &r)
	return r
}

// readPolicies reads the one policy that there can be.
func readPolicies(o *object, r *tidemark.ScheduleUpdate) {
	policies := o.objects("policies", 64)
	if len(policies) > 1 {
		o.fail(tidemark.Errorf(tidemark.CodeInvalidPolicy, "there are %d policies, and there can be one", len(policies)))
	}
	if len(policies) == 0 {
		return
	}
	p := policies[0]
	r.PolicyID = p.identifier("id", optional, true)
	if p.has("policyItems") {
		items := []tidemark.PolicyItem{}
		for _, item := range p.objects("policyItems", tidemark.PolicyItemsMax) {
			items = append(items, readItem(item, 1, "hourly", "daily", "weekly", "monthly", "yearly", "ondemand"))
		}
		r.Items = &items
	}
	p.ignored("policyItems") // null
	_ = p.done()             // its fault is o's, too
}

// readItem reads one rule.
func readItem(o *object, leastInterval int64, frequencies ...string) tidemark.PolicyItem {
	item := tidemark.PolicyItem{
		ID:        o.identifier("id", optional, true),
		Frequency: tidemark.Frequency(o.enum("frequencyType", required, frequencies...)),
		Interval:  int(o.integer("frequencyInterval", required, leastInterval)),
		Retention: tidemark.Retention{
			Unit:  tidemark.RetentionUnit(o.enum("retentionUnit", required, "days", "weeks", "months", "years")),
			Value: int(o.integer("retentionValue", required, 1)),
		},
	}
	_ = o.done() // its fault is that of the object around
	return item
}

func readExtraRetention(o *object) *[]tidemark.ExtraRetention {
	if !o.has("extraRetentionSettings") {
		o.ignored("extraRetentionSettings")
		return nil
	}
	extra := []tidemark.ExtraRetention{}
	for _, e := range o.objects("extraRetentionSettings", 16) {
		word := e.enum("frequencyType", required, "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY", "ON_DEMAND")
		extra = append(extra, tidemark.ExtraRetention{
			Frequency: tidemark.Frequency(strings.ReplaceAll(strings.ToLower(word), "_", "")),
			Days:      int(e.integer("retentionDays", required, 1)),
		})
		_ = e.done() // its fault is o's, too
	}
	return &extra
}

// objects reads an array of at most longest objects, whose readers end with
// done.
func (o *object) objects(name string, longest int) []*object {
	items, _ := o.array(name, optional, longest)
	var out []*object
	for i, item := range items {
		inner, err := newObject(fmt.Sprintf("%s%s[%d].", o.prefix, name, i), item, o.fault)
		if err != nil {
			o.invalid(name, "its items are objects")
			return nil
		}
		out = append(out, inner)
	}
	return slices.Clip(out)
}

// anyInteger reads an int32 of which the service says whether it will do; nil
// if it is not there.
func (o *object) anyInteger(name string) *int {
	raw, ok := o.take(name)
	if !ok {
		return nil
	}
	var n int32
	if err := json.Unmarshal(raw, &n); err != nil {
		o.invalid(name, "it is a whole number of 32 bits")
		return nil
	}
	v := int(n)
	return &v
}
