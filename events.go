package tidemark

import (
	"context"
	"time"
)

// Event is one entry of the audit log: what was changed, by whom and from
// where. It is written in the transaction of the change and never altered.
// Nothing in it is secret.
type Event struct {
	ID        ID
	Type      EventType
	CreatedAt time.Time
	OrgID     ID
	ProjectID ID // "" for what is of the organization alone
	// What it is about; "" where that means nothing.
	InstanceName string
	SnapshotID   ID
	JobID        ID
	// TargetPublicID is the publicKey or clientId of the key that was changed.
	TargetPublicID string
	// Who: zero for what the service does by itself.
	KeyID      ID
	KeyKind    KeyKind
	PublicID   string
	RemoteAddr string
	// Details says more, in names and values for a person; nil for nothing.
	Details map[string]string
}

// EventFilter chooses events. Either ProjectID or OrgID is set.
type EventFilter struct {
	// ProjectID chooses what happened in a project.
	ProjectID ID
	// OrgID chooses what happened to an organization: the events whose type is
	// OfOrganization, those of its projects among them.
	OrgID     ID
	Instances []string    // names; none: all, and events of no instance
	Types     []EventType // none: all
	Excluded  []EventType
	// From and Until bound CreatedAt, both inclusive; zero: no bound.
	From, Until time.Time
}

// Events is a part of Tx: the audit log. It is append-only: there is no way to
// change or remove an event, and the store refuses it below the port, too.
type Events interface {
	// AddEvent appends an event. Where OrgID is empty it becomes that of the
	// project. CodeConflict for an ID that is there already, CodeInvalidData
	// without a type, a time or an organization.
	AddEvent(ctx context.Context, e *Event) error
	// Event is CodeEventNotFound if there is none.
	Event(ctx context.Context, id ID) (*Event, error)
	// Events lists newest first.
	Events(ctx context.Context, f EventFilter, p Page) ([]*Event, int, error)
}

// EventService is a part of Service.
type EventService interface {
	// ListEvents lists newest first. f.ProjectID or f.OrgID says of what, and
	// the caller needs any role there.
	ListEvents(ctx context.Context, c Caller, f EventFilter, p Page) ([]*Event, int, error)
	// GetEvent finds an event of a project, or of an organization where
	// projectID is empty. CodeEventNotFound for one of another.
	GetEvent(ctx context.Context, c Caller, orgID, projectID, id ID) (*Event, error)
}

// RestoreEvents makes the events of one type about a restore job: one in the
// project of the target, about the instance whose data is replaced, and one in
// that of the source where they differ. A download has no target.
func RestoreEvents(t EventType, j *RestoreJob) []Event {
	details := map[string]string{"deliveryType": string(j.DeliveryType), "sourceClusterName": j.InstanceName}
	source := Event{
		Type: t, ProjectID: j.ProjectID, InstanceName: j.InstanceName,
		SnapshotID: j.SnapshotID, JobID: j.ID, Details: details,
	}
	if j.TargetName == "" {
		return []Event{source}
	}
	details["targetClusterName"], details["targetGroupId"] = j.TargetName, string(j.TargetProjectID)
	if !j.DesiredTimestamp.IsZero() {
		details["pointInTime"] = j.DesiredTimestamp.String()
	}
	target := source
	target.ProjectID, target.InstanceName = j.TargetProjectID, j.TargetName
	if target.ProjectID == source.ProjectID {
		return []Event{target}
	}
	return []Event{target, source}
}
