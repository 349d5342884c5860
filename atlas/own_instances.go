package atlas

import (
	"time"

	"tidemark"
)

// ownInstance is an instance of any kind in the extension API.
type ownInstance struct {
	Capture               *ownCapture    `json:"capture,omitempty"`
	ContinuousBackup      bool           `json:"continuousBackupEnabled"`
	CreateDate            date           `json:"createDate"`
	DeploymentVersion     string         `json:"deploymentVersion,omitempty"`
	Embedded              bool           `json:"embedded"`
	GroupID               tidemark.ID    `json:"groupId"`
	ID                    tidemark.ID    `json:"id"`
	Kind                  string         `json:"kind"`
	Links                 []link         `json:"links"`
	MongoDBVersion        string         `json:"mongoDBVersion,omitempty"`
	Name                  string         `json:"name"`
	NextSnapshotAt        *date          `json:"nextSnapshotAt,omitempty"`
	SnapshotIntervalHours float64        `json:"snapshotIntervalHours"` // 0: no schedule
	SnapshotRetentionDays float64        `json:"snapshotRetentionDays"`
	StateName             string         `json:"stateName"`
	Tags                  []tidemark.Tag `json:"tags"`
	TerminationProtection bool           `json:"terminationProtectionEnabled"`
	URI                   string         `json:"uri,omitempty"` // without secrets
}

// Bounds of a schedule.
const (
	maxIntervalHours = 366 * 24
	maxRetentionDays = 3660
	maxURI           = 8 << 10 // characters
	day              = 24 * time.Hour
)

func (q *request) ownInstance(i *tidemark.Instance) any {
	return ownInstance{
		Capture:               captureOf(i.Capture),
		ContinuousBackup:      i.ContinuousBackup,
		CreateDate:            date{i.CreatedAt},
		DeploymentVersion:     i.MongoDBVersion,
		Embedded:              i.Embedded,
		GroupID:               i.ProjectID,
		ID:                    i.ID,
		Kind:                  string(i.Kind),
		Links:                 q.self("/groups/%s/instances/%s", i.ProjectID, i.Name),
		MongoDBVersion:        i.MongoDBVersion,
		Name:                  i.Name,
		NextSnapshotAt:        dateOf(i.NextSnapshotAt),
		SnapshotIntervalHours: i.SnapshotInterval.Hours(),
		SnapshotRetentionDays: i.SnapshotRetention.Hours() / 24,
		StateName:             string(i.State),
		Tags:                  append([]tidemark.Tag{}, i.Tags...),
		TerminationProtection: i.TerminationProtection,
		URI:                   redactedURI(i.URI),
	}
}

// registerInstance registers the deployment at uri, or makes an embedded
// server where there is none.
func (a *api) registerInstance(q *request) (any, error) {
	o, err := q.body()
	if err != nil {
		return nil, err
	}
	r := tidemark.NewInstance{
		Name:                  o.text("name", required, 64, instanceName),
		Kind:                  tidemark.InstanceKind(o.enum("kind", optional, "serverless", "flex", "dedicated")),
		URI:                   readURI(o),
		ContinuousBackup:      isTrue(o.flag("continuousBackupEnabled")),
		TerminationProtection: isTrue(o.flag("terminationProtectionEnabled")),
	}
	if r.Kind == "" {
		r.Kind = tidemark.KindServerless
	}
	if tags := o.tags("tags"); tags != nil {
		r.Tags = *tags
	}
	if err := o.done(); err != nil {
		return nil, err
	}
	i, err := a.service.CreateInstance(q.ctx, q.caller, q.projectID(), r)
	return one(i, err, q.shownInstance)
}

// readURI wants a connection string that can be shown without its password.
// It says nothing of a wrong one, which may have a password in it.
func readURI(o *object) string {
	uri, _ := o.rawText("uri", optional)
	if uri == "" {
		return ""
	}
	if _, ok := parseURI(uri); !ok || len(uri) > maxURI {
		o.invalid("uri", "it is a mongodb:// or mongodb+srv:// connection string with user name and password percent-encoded")
	}
	return uri
}

// updateInstance changes the schedule and the flags. Intervals may be parts of
// an hour.
func (a *api) updateInstance(q *request) (any, error) {
	o, err := q.body()
	if err != nil {
		return nil, err
	}
	r := tidemark.InstanceUpdate{
		ContinuousBackup:      o.flag("continuousBackupEnabled"),
		TerminationProtection: o.flag("terminationProtectionEnabled"),
		Tags:                  o.tags("tags"),
		SnapshotInterval:      times(o.number("snapshotIntervalHours", maxIntervalHours), time.Hour),
		SnapshotRetention:     times(o.number("snapshotRetentionDays", maxRetentionDays), day),
	}
	if err := o.done(); err != nil {
		return nil, err
	}
	// The service wants the kind; the path here does not tell it.
	i, err := a.service.GetInstance(q.ctx, q.caller, q.projectID(), q.instance(), "")
	if err != nil {
		return nil, err
	}
	r.Kind = i.Kind
	i, err = a.service.UpdateInstance(q.ctx, q.caller, q.projectID(), q.instance(), r)
	return one(i, err, q.shownInstance)
}

func times(n *float64, unit time.Duration) *time.Duration {
	if n == nil {
		return nil
	}
	d := time.Duration(*n * float64(unit)).Round(time.Second)
	return &d
}
