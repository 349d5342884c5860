package jobs

import (
	"database/sql"
	"errors"
	"log/slog"
	"time"

	"tidemark"
)

// Defaults of Config.
const (
	SnapshotWorkersDefault  = 2
	RestoreWorkersDefault   = 2
	MaxAttemptsDefault      = 5
	OrphanedMaxDefault      = 25
	ProgressIntervalDefault = time.Second
	SweepIntervalDefault    = 30 * time.Second
	PollIntervalDefault     = 500 * time.Millisecond
	TailForDefault          = 10 * time.Second
	WindowDefault           = 72 * time.Hour
	DailyRetentionDefault   = 35 * 24 * time.Hour
	SafetyRetentionDefault  = 7 * 24 * time.Hour
)

// Config is what Jobs needs. DB, Store and the ports are required.
type Config struct {
	// DB is the store's writing pool; River's tables live beside the store's.
	DB          *sql.DB
	Store       tidemark.Store
	Provisioner Provisioner
	Capturer    Capturer
	Restorer    Restorer
	Tailer      Tailer
	Exporter    Exporter

	SnapshotWorkers int // snapshots at once; default SnapshotWorkersDefault
	RestoreWorkers  int // restores at once, downloads aside; default RestoreWorkersDefault
	// MaxAttempts bounds how often a snapshot or restore is tried.
	MaxAttempts int // default MaxAttemptsDefault
	// OrphanedMax bounds how often a job may be cut off by the death of the process.
	OrphanedMax int // default OrphanedMaxDefault
	// Backoff is the pause after the n-th failure, n from 1; default Backoff.
	Backoff          func(n int) time.Duration
	ProgressInterval time.Duration // default ProgressIntervalDefault
	SweepInterval    time.Duration // default SweepIntervalDefault
	// PollInterval is how often River looks for jobs whose pause has ended. Of
	// new ones it hears within 50 ms, by an outbox in the same file.
	PollInterval time.Duration // default PollIntervalDefault
	// TailFor is how long a capture job follows an oplog before it looks at its
	// row again and hands on.
	TailFor time.Duration // default TailForDefault
	// Window is how far back the captured oplog is kept.
	Window time.Duration // default WindowDefault
	// DailyRetention is how long the first scheduled snapshot of a day is kept
	// of an instance whose oplog is captured, if its schedule says no longer.
	DailyRetention time.Duration // default DailyRetentionDefault
	// SafetyRetention is how long the snapshots are kept that restores take of
	// their targets, and so how long a restore can be undone.
	SafetyRetention time.Duration // default SafetyRetentionDefault
	Clock           func() time.Time
	Logger          *slog.Logger // default: discards
}

// Backoff is 2 s, 8 s, 32 s and then 2 minutes.
func Backoff(n int) time.Duration {
	const most = 2 * time.Minute
	d := 2 * time.Second
	for range n - 1 {
		if d *= 4; d > most {
			return most
		}
	}
	return d
}

func (c *Config) prepare() error {
	if c.DB == nil || c.Store == nil || c.Provisioner == nil || c.Capturer == nil || c.Restorer == nil || c.Tailer == nil || c.Exporter == nil {
		return errors.New("jobs: DB, Store, Provisioner, Capturer, Restorer, Tailer and Exporter are required")
	}
	orPreset(&c.SnapshotWorkers, SnapshotWorkersDefault)
	orPreset(&c.RestoreWorkers, RestoreWorkersDefault)
	orPreset(&c.MaxAttempts, MaxAttemptsDefault)
	orPreset(&c.OrphanedMax, OrphanedMaxDefault)
	orPreset(&c.ProgressInterval, ProgressIntervalDefault)
	orPreset(&c.SweepInterval, SweepIntervalDefault)
	orPreset(&c.PollInterval, PollIntervalDefault)
	orPreset(&c.TailFor, TailForDefault)
	orPreset(&c.Window, WindowDefault)
	orPreset(&c.DailyRetention, DailyRetentionDefault)
	orPreset(&c.SafetyRetention, SafetyRetentionDefault)
	if c.Backoff == nil {
		c.Backoff = Backoff
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return nil
}

func orPreset[T ~int | ~int64](v *T, preset T) {
	if *v <= 0 {
		*v = preset
	}
}
