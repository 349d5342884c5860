package service

import (
	"context"
	"errors"
	"time"

	"tidemark"
)

// Defaults of how long the link of a download job lives: four hours, as Atlas
// has it of flex clusters, and one hour of dedicated instances.
const (
	DownloadLifeDefault          = 4 * time.Hour
	DedicatedDownloadLifeDefault = time.Hour
)

// Downloads makes the file of a download job.
type Downloads interface {
	OpenDownload(ctx context.Context, job *tidemark.RestoreJob, snap *tidemark.Snapshot) (tidemark.Download, error)
}

// Planner looks into snapshots and at targets.
type Planner interface {
	// PlanRestore plans a job that need not be stored, and changes nothing. For
	// a point in time it plans the snapshot that the job begins with.
	PlanRestore(ctx context.Context, job *tidemark.RestoreJob, snap *tidemark.Snapshot, target *tidemark.Instance) (tidemark.RestorePlan, error)
	// Namespaces lists the collections and views of a snapshot.
	Namespaces(ctx context.Context, snap *tidemark.Snapshot) ([]string, error)
}

// Config is what a Service needs. All but Planner, Histories, the lives of
// downloads and Clock are required.
type Config struct {
	Store tidemark.Store
	// Probe asks the deployment at a connection string what it is, when it is
	// registered. Its errors carry CodeTargetUnreachable or CodeTargetRefused
	// and no password.
	Probe func(ctx context.Context, uri string) (tidemark.ServerInfo, error)
	// RedactURI takes the secrets out of a connection string for showing it.
	RedactURI func(uri string) string
	Downloads Downloads
	// Planner looks into snapshots. Without it there are no plans, and only whole
	// restores can be undone.
	Planner Planner
	// Histories reads what was captured of instances. Without it there is no
	// history.
	Histories tidemark.Histories
	// DownloadLife is how long the link of a download job lives.
	DownloadLife time.Duration // default DownloadLifeDefault
	// DedicatedDownloadLife is the same of a dedicated instance.
	DedicatedDownloadLife time.Duration // default DedicatedDownloadLifeDefault
	Clock                 func() time.Time
}

// Service implements tidemark.Service. Its methods may be called from many
// goroutines.
type Service struct {
	store        tidemark.Store
	probe        func(ctx context.Context, uri string) (tidemark.ServerInfo, error)
	redactURI    func(uri string) string
	downloads    Downloads
	planner      Planner
	histories    tidemark.Histories
	downloadLife time.Duration
	// dedicatedDownloadLife is the same of a dedicated instance.
	dedicatedDownloadLife time.Duration
	clock                 func() time.Time

	signing signing
	uses    uses
}

var _ tidemark.Service = (*Service)(nil)

// New returns a Service.
func New(c Config) (*Service, error) {
	if c.Store == nil || c.Probe == nil || c.RedactURI == nil || c.Downloads == nil {
		return nil, errors.New("service: Store, Probe, RedactURI and Downloads are required")
	}
	if c.DownloadLife <= 0 {
		c.DownloadLife = DownloadLifeDefault
	}
	if c.DedicatedDownloadLife <= 0 {
		c.DedicatedDownloadLife = DedicatedDownloadLifeDefault
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	s := &Service{
		store:                 c.Store,
		probe:                 c.Probe,
		redactURI:             c.RedactURI,
		downloads:             c.Downloads,
		planner:               c.Planner,
		histories:             c.Histories,
		downloadLife:          c.DownloadLife,
		dedicatedDownloadLife: c.DedicatedDownloadLife,
		clock:                 c.Clock,
	}
	s.signing.store, s.signing.now = c.Store, s.now
	return s, nil
}

// now is the time in the resolution that the API shows and the store keeps.
func (s *Service) now() time.Time { return s.clock().UTC().Truncate(time.Millisecond) }
