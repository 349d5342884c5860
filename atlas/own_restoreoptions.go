package atlas

import (
	"encoding/json"
	"fmt"
	"net/http"

	"tidemark"
)

// restoreOptions reads the attributes that the extension API has beyond
// Atlas's. What they may say is the service's to check.
func restoreOptions(o *object) tidemark.RestoreOptions {
	return tidemark.RestoreOptions{
		Namespaces:        o.texts("namespaces"),
		Exclude:           o.texts("exclude"),
		Renames:           o.renames("renames"),
		Suffix:            o.text("suffix", optional, 63, nil),
		Existing:          tidemark.ExistingRule(o.enum("existing", optional, "replace", "refuse")),
		NoVerify:          isTrue(o.flag("noVerify")),
		MaxBytesPerSecond: o.long("maxBytesPerSecond"),
		Writers:           int(o.integer("writers", optional, 1)),
		SafetySnapshot:    tidemark.SafetyRule(o.enum("safetySnapshot", optional, "auto", "never", "always")),
	}
}

// texts reads an array of strings; nil if it is not there or empty.
func (o *object) texts(name string) []string {
	items, ok := o.array(name, optional, tidemark.RestorePatternsMax)
	if !ok {
		return nil
	}
	var out []string
	for i, item := range items {
		var s string
		if err := json.Unmarshal(item, &s); err != nil {
			o.invalid(fmt.Sprintf("%s[%d]", name, i), "it is a string")
			return nil
		}
		out = append(out, s)
	}
	return out
}

// renames reads an array of {from, to}; nil if it is not there or empty.
func (o *object) renames(name string) []tidemark.NamespaceRename {
	items, ok := o.array(name, optional, tidemark.RestorePatternsMax)
	if !ok {
		return nil
	}
	var out []tidemark.NamespaceRename
	for i, item := range items {
		r, err := newObject(fmt.Sprintf("%s%s[%d].", o.prefix, name, i), item, o.fault)
		if err != nil {
			o.invalid(name, "its items are objects of from and to")
			return nil
		}
		out = append(out, tidemark.NamespaceRename{From: r.text("from", required, 512, nil), To: r.text("to", required, 512, nil)})
		if r.done() != nil {
			return nil
		}
	}
	return out
}

// long reads a whole number above 0; 0 if it is not there.
func (o *object) long(name string) int64 {
	raw, ok := o.take(name)
	if !ok {
		return 0
	}
	var n int64
	if err := json.Unmarshal(raw, &n); err != nil || n < 1 {
		o.invalid(name, "it is a whole number above 0")
		return 0
	}
	return n
}

// planRestoreJob answers a dry run: what the job would do.
func (a *api) planRestoreJob(q *request, r tidemark.NewRestoreJob) (any, error) {
	ok := *q.endpoint
	ok.status = http.StatusOK // nothing is created
	q.endpoint = &ok
	plan, err := a.service.PlanRestore(q.ctx, q.caller, q.projectID(), q.instance(), q.kind(), r)
	if err != nil {
		return nil, err
	}
	return ownPlan{RestorePlan: plan, ClusterTime: timestampOf(plan.ClusterTime)}, nil
}

// ownPlan shows a plan with its instant as the API writes them.
type ownPlan struct {
	*tidemark.RestorePlan
	ClusterTime string `json:"clusterTime,omitempty"`
}

// timestampOf writes an instant as SECONDS:ORDINAL; "" where it is not known.
func timestampOf(t tidemark.Timestamp) string {
	if t.IsZero() {
		return ""
	}
	return t.String()
}

// undoRestoreJob starts the restore of a job's safety snapshot.
func (a *api) undoRestoreJob(q *request) (any, error) {
	j, err := a.service.UndoRestoreJob(q.ctx, q.caller, q.projectID(), q.instance(), q.kind(), q.id("restoreJobId"))
	return one(j, err, a.showJob(q))
}
