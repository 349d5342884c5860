package jobs_test

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"tidemark"
	"tidemark/jobs"
	"tidemark/store"
)

// sealer seals under a key that is the same in every process.
type sealer struct{ aead cipher.AEAD }

func newSealer() (sealer, error) {
	block, err := aes.NewCipher(make([]byte, 32))
	if err != nil {
		return sealer{}, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	return sealer{aead}, err
}

func (s sealer) Seal(plaintext []byte, context string) ([]byte, error) {
	return s.aead.Seal(nil, nil, plaintext, []byte(context)), nil
}

func (s sealer) Open(sealed []byte, context string) ([]byte, error) {
	return s.aead.Open(nil, nil, sealed, []byte(context))
}

func openStore(ctx context.Context, dir string) (*store.DB, error) {
	s, err := newSealer()
	if err != nil {
		return nil, err
	}
	return store.Open(ctx, store.Config{Path: filepath.Join(dir, "tidemark.db"), Sealer: s})
}

// emptyStore is the file of a store whose tables have been made. Making them
// takes longer than most tests.
var emptyStore = sync.OnceValue(func() []byte {
	dir, err := os.MkdirTemp("", "tidemark-jobs")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	db, err := openStore(context.Background(), dir)
	if err != nil {
		panic(err)
	}
	p := newPorts()
	_, err = jobs.New(context.Background(), jobs.Config{DB: db.Writer(), Store: db, Provisioner: p, Capturer: p, Restorer: p, Tailer: p, Exporter: p})
	if err = errors.Join(err, db.Close()); err != nil {
		panic(err)
	}
	file, err := os.ReadFile(filepath.Join(dir, "tidemark.db"))
	if err != nil {
		panic(err)
	}
	return file
})

// bench is jobs on a real store and River, with ports that the test controls.
type bench struct {
	*testing.T
	dir     string
	db      *store.DB
	jobs    *jobs.Jobs
	project tidemark.ID
	ports   *ports

	mu  sync.Mutex
	now time.Time
}

// newBench opens a store with a project; the jobs are not started.
func newBench(t *testing.T, change ...func(*jobs.Config)) *bench {
	t.Helper()
	b := &bench{T: t, dir: t.TempDir(), ports: newPorts(), now: time.Now().UTC().Truncate(time.Millisecond)}
	b.ok(os.WriteFile(filepath.Join(b.dir, "tidemark.db"), emptyStore(), 0o600))
	b.open(change...)
	org := &tidemark.Organization{ID: tidemark.NewID(), Name: "o"}
	p := &tidemark.Project{ID: tidemark.NewID(), OrgID: org.ID, Name: "p"}
	b.project = p.ID
	b.update(func(tx tidemark.Tx) error {
		return errors.Join(tx.CreateOrganization(t.Context(), org), tx.CreateProject(t.Context(), p))
	})
	return b
}

// open opens the store and makes jobs, as a process does when it starts.
func (b *bench) open(change ...func(*jobs.Config)) {
	b.Helper()
	db, err := openStore(b.Context(), b.dir)
	b.ok(err)
	b.db = db
	c := jobs.Config{
		DB: db.Writer(), Store: db,
		Provisioner: b.ports, Capturer: b.ports, Restorer: b.ports, Tailer: b.ports, Exporter: b.ports,
		Backoff:          func(int) time.Duration { return 5 * time.Millisecond },
		ProgressInterval: 10 * time.Millisecond,
		PollInterval:     50 * time.Millisecond,
		TailFor:          20 * time.Millisecond,
		SweepInterval:    time.Hour,
		Clock:            b.clock,
		Logger:           slog.New(slog.NewTextHandler(b.Output(), &slog.HandlerOptions{Level: slog.LevelInfo})),
	}
	for _, fn := range change {
		fn(&c)
	}
	b.jobs, err = jobs.New(b.Context(), c)
	b.ok(err)
	db.SetEnqueuer(b.jobs)
	closed := b.jobs
	b.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := errors.Join(closed.Stop(ctx), db.Close()); err != nil {
			b.Error(err)
		}
	})
}

// start starts the jobs.
func (b *bench) start() *bench {
	b.Helper()
	b.ok(b.jobs.Start(b.Context()))
	return b
}

// restart stops the process's part and opens everything again.
func (b *bench) restart(change ...func(*jobs.Config)) {
	b.Helper()
	b.ok(b.jobs.Stop(b.Context()))
	b.ok(b.db.Close())
	b.open(change...)
	b.start()
}

func (b *bench) clock() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.now
}

func (b *bench) advance(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.now = b.now.Add(d)
}

func (b *bench) ok(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

func (b *bench) update(fn func(tidemark.Tx) error) {
	b.Helper()
	b.ok(b.db.Update(b.Context(), fn))
}

// eventually polls until cond holds.
func (b *bench) eventually(what string, cond func() bool) {
	b.Helper()
	tick := time.NewTicker(15 * time.Millisecond)
	defer tick.Stop()
	deadline := time.NewTimer(20 * time.Second)
	defer deadline.Stop()
	for !cond() {
		select {
		case <-tick.C:
		case <-deadline.C:
			b.Fatalf("in 20 s it has not come to: %s", what)
		}
	}
}

// instance makes one that is IDLE.
func (b *bench) instance(name string) *tidemark.Instance {
	b.Helper()
	i := &tidemark.Instance{
		ID: tidemark.NewID(), ProjectID: b.project, Name: name, Kind: tidemark.KindServerless, State: tidemark.StateIdle,
		URI: "mongodb://127.0.0.1:1", MongoDBVersion: "7.0.1", CreatedAt: b.clock(),
	}
	b.update(func(tx tidemark.Tx) error { return tx.CreateInstance(b.Context(), i) })
	return i
}

// edit changes an instance as it is stored now.
func (b *bench) edit(id tidemark.ID, change func(*tidemark.Instance)) {
	b.Helper()
	b.update(func(tx tidemark.Tx) error {
		i, err := tx.Instance(b.Context(), id)
		if err != nil {
			return err
		}
		change(i)
		return tx.UpdateInstance(b.Context(), i)
	})
}

func (b *bench) newSnapshot(i *tidemark.Instance) *tidemark.Snapshot {
	return &tidemark.Snapshot{
		ID: tidemark.NewID(), ProjectID: i.ProjectID, InstanceID: i.ID, InstanceName: i.Name, Status: tidemark.SnapshotQueued,
		Type: tidemark.SnapshotOnDemand, Frequency: tidemark.FrequencyDaily, CreatedAt: b.clock(), MongoDBVersion: i.MongoDBVersion,
	}
}

// take enqueues a snapshot.
func (b *bench) take(i *tidemark.Instance) tidemark.ID {
	b.Helper()
	s := b.newSnapshot(i)
	b.update(func(tx tidemark.Tx) error {
		return errors.Join(tx.CreateSnapshot(b.Context(), s), tx.Enqueue(b.Context(), tidemark.Task{Kind: tidemark.TaskSnapshot, ID: s.ID}))
	})
	return s.ID
}

// completed writes a snapshot that was taken before, with its objects.
func (b *bench) completed(i *tidemark.Instance, change ...func(*tidemark.Snapshot)) *tidemark.Snapshot {
	b.Helper()
	s := b.newSnapshot(i)
	s.Status, s.FinishedAt, s.Manifest = tidemark.SnapshotCompleted, s.CreatedAt, "manifest "+string(s.ID)
	for _, fn := range change {
		fn(s)
	}
	if s.Manifest != "" {
		b.ports.put(s.Manifest)
	}
	b.update(func(tx tidemark.Tx) error { return tx.CreateSnapshot(b.Context(), s) })
	return s
}

// restore enqueues a restore job; a download where target is nil.
func (b *bench) restore(s *tidemark.Snapshot, target *tidemark.Instance) tidemark.ID {
	b.Helper()
	return b.enqueue(b.newRestore(s, target))
}

// enqueue enqueues a restore job.
func (b *bench) enqueue(j *tidemark.RestoreJob) tidemark.ID {
	b.Helper()
	b.update(func(tx tidemark.Tx) error {
		return errors.Join(tx.CreateRestoreJob(b.Context(), j), tx.Enqueue(b.Context(), tidemark.Task{Kind: tidemark.TaskRestore, ID: j.ID}))
	})
	return j.ID
}

func (b *bench) newRestore(s *tidemark.Snapshot, target *tidemark.Instance) *tidemark.RestoreJob {
	j := &tidemark.RestoreJob{
		ID: tidemark.NewID(), ProjectID: s.ProjectID, InstanceID: s.InstanceID, InstanceName: s.InstanceName,
		SnapshotID: s.ID, SnapshotAt: s.CreatedAt, State: tidemark.JobQueued, CreatedAt: b.clock(),
	}
	if target == nil {
		j.DeliveryType, j.DownloadToken, j.ExpiresAt = tidemark.DeliverDownload, tidemark.RandomHex(32), b.clock().Add(4*time.Hour)
		return j
	}
	j.DeliveryType = tidemark.DeliverAutomated
	j.TargetProjectID, j.TargetInstanceID, j.TargetName = target.ProjectID, target.ID, target.Name
	return j
}

// snapshot reads a row; nil if there is none.
func (b *bench) snapshot(id tidemark.ID) *tidemark.Snapshot {
	b.Helper()
	return read(b, tidemark.CodeSnapshotNotFound, func(tx tidemark.Tx) (*tidemark.Snapshot, error) { return tx.Snapshot(b.Context(), id) })
}

func (b *bench) job(id tidemark.ID) *tidemark.RestoreJob {
	b.Helper()
	return read(b, tidemark.CodeJobNotFound, func(tx tidemark.Tx) (*tidemark.RestoreJob, error) { return tx.RestoreJob(b.Context(), id) })
}

func (b *bench) stored(id tidemark.ID) *tidemark.Instance {
	b.Helper()
	return read(b, tidemark.CodeInstanceNotFound, func(tx tidemark.Tx) (*tidemark.Instance, error) { return tx.Instance(b.Context(), id) })
}

func read[T any](b *bench, none tidemark.Code, fn func(tidemark.Tx) (*T, error)) *T {
	b.Helper()
	var v *T
	err := b.db.View(b.Context(), func(tx tidemark.Tx) (err error) {
		v, err = fn(tx)
		return err
	})
	if tidemark.ErrorCode(err) == none {
		return nil
	}
	b.ok(err)
	return v
}

// snapshotIs waits for a status.
func (b *bench) snapshotIs(id tidemark.ID, want tidemark.SnapshotStatus) *tidemark.Snapshot {
	b.Helper()
	b.eventually("snapshot "+string(want), func() bool { s := b.snapshot(id); return s != nil && s.Status == want })
	return b.snapshot(id)
}

// jobIs waits for a state.
func (b *bench) jobIs(id tidemark.ID, want tidemark.JobState) *tidemark.RestoreJob {
	b.Helper()
	b.eventually("restore job "+string(want), func() bool { return b.job(id).State == want })
	return b.job(id)
}

// count runs a query of River's table for a number.
func (b *bench) count(query string, args ...any) int {
	b.Helper()
	var n int
	b.ok(b.db.Writer().QueryRowContext(b.Context(), query, args...).Scan(&n))
	return n
}
