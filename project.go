package tidemark

import "time"

// Organization owns projects and keys.
type Organization struct {
	ID        ID
	Name      string
	CreatedAt time.Time
	// SkipDefaultAlerts echoes skipDefaultAlertsSettings. The service fills it
	// in out of the settings; the store leaves it false.
	SkipDefaultAlerts bool
}

// Project (Atlas also says group) owns instances.
type Project struct {
	ID            ID
	OrgID         ID
	Name          string // unique in the service, 1 to 64 characters
	CreatedAt     time.Time
	InstanceCount int // filled by reads
	// DefaultAlerts echoes withDefaultAlertsSettings of the creation.
	DefaultAlerts bool
	Tags          []Tag
}

// Tag is a key and value that a user hangs on a project or instance.
type Tag struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}
