package atlas

import "tidemark"

// projectLimit is DataFederationLimit, which is the limits of a project in
// general.
type projectLimit struct {
	CurrentUsage int64              `json:"currentUsage"`
	DefaultLimit int64              `json:"defaultLimit"`
	MaximumLimit int64              `json:"maximumLimit"`
	Name         tidemark.LimitName `json:"name"`
	Value        int64              `json:"value"`
}

func showLimit(l *tidemark.ProjectLimit) any {
	return projectLimit{CurrentUsage: l.Usage, DefaultLimit: l.Default, MaximumLimit: l.Maximum, Name: l.Name, Value: l.Value}
}

func (q *request) limitName() tidemark.LimitName { return tidemark.LimitName(q.path["limitName"]) }

// listProjectLimits answers a bare array.
func (a *api) listProjectLimits(q *request) (any, error) {
	list, err := a.service.ListProjectLimits(q.ctx, q.caller, q.projectID())
	if err != nil {
		return nil, err
	}
	out := make([]any, 0, len(list))
	for _, l := range list {
		out = append(out, showLimit(l))
	}
	return out, nil
}

func (a *api) getProjectLimit(q *request) (any, error) {
	l, err := a.service.GetProjectLimit(q.ctx, q.caller, q.projectID(), q.limitName())
	return one(l, err, showLimit)
}

// setProjectLimit takes the name in the body, which the document requires and
// calls read-only, if it is that of the path.
func (a *api) setProjectLimit(q *request) (any, error) {
	o, err := q.body()
	if err != nil {
		return nil, err
	}
	if name, ok := o.rawText("name", optional); ok && name != string(q.limitName()) {
		o.invalid("name", "it is that of the path")
	}
	o.ignored("currentUsage", "defaultLimit", "maximumLimit", "lastModifiedDate")
	o.enum("overrunPolicy", optional, "BLOCK", "BLOCK_AND_KILL")
	if !o.has("value") {
		o.missing("value")
	}
	value := o.long("value")
	if err := o.done(); err != nil {
		return nil, err
	}
	l, err := a.service.SetProjectLimit(q.ctx, q.caller, q.projectID(), q.limitName(), value)
	return one(l, err, showLimit)
}

func (a *api) deleteProjectLimit(q *request) (any, error) {
	return nil, a.service.ResetProjectLimit(q.ctx, q.caller, q.projectID(), q.limitName())
}
