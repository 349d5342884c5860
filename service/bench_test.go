package service_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"tidemark"
	"tidemark/service"
	"tidemark/store"
	"tidemark/store/storetest"
)

// bench is a service on a real store, with a clock and a deployment to probe
// that the test controls.
type bench struct {
	*testing.T
	db    *store.DB
	svc   *service.Service
	cred  service.Credentials
	owner tidemark.Caller

	mu    sync.Mutex
	now   time.Time
	probe func(uri string) (tidemark.ServerInfo, error)
	files downloads
	plans planner
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{
		T:   t,
		db:  openStore(t),
		now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC),
		probe: func(string) (tidemark.ServerInfo, error) {
			return tidemark.ServerInfo{Version: "7.0.42"}, nil
		},
	}
	var err error
	b.svc, err = service.New(service.Config{
		Store:     b.db,
		Probe:     b.ask,
		RedactURI: redact,
		Downloads: &b.files, Histories: histories{}, Planner: &b.plans,
		Clock: b.clock,
	})
	b.ok(err)
	created, err := b.svc.Bootstrap(t.Context(), func(c service.Credentials) error {
		b.cred = c
		return nil
	})
	b.ok(err)
	if !created {
		t.Fatal("the first Bootstrap made nothing")
	}
	b.owner, _, err = b.svc.APIKey(t.Context(), b.cred.PublicKey)
	b.ok(err)
	return b
}

// emptyStore is the file of a store whose tables have been made, and its
// sealer. Making them takes longer than most tests.
var emptyStore = sync.OnceValues(func() ([]byte, store.Sealer) {
	dir, err := os.MkdirTemp("", "tidemark-service")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	sealer, err := storetest.NewSealer()
	if err != nil {
		panic(err)
	}
	path := filepath.Join(dir, "tidemark.db")
	db, err := store.Open(context.Background(), store.Config{Path: path, Sealer: sealer})
	if err != nil {
		panic(err)
	}
	_, err = db.Writer().Exec(`CREATE TABLE tasks (kind TEXT, id TEXT)`)
	if err = errors.Join(err, db.Close()); err != nil {
		panic(err)
	}
	file, err := os.ReadFile(path)
	if err != nil {
		panic(err)
	}
	return file, sealer
})

func openStore(t testing.TB) *store.DB {
	t.Helper()
	file, sealer := emptyStore()
	path := filepath.Join(t.TempDir(), "tidemark.db")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), store.Config{Path: path, Sealer: sealer})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	db.SetEnqueuer(tasks{})
	return db
}

// tasks keeps tasks in a table of the store, in the transaction they are
// enqueued in, as the jobs do.
type tasks struct{}

func (tasks) EnqueueTx(ctx context.Context, tx *sql.Tx, t tidemark.Task) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO tasks (kind, id) VALUES (?, ?)`, string(t.Kind), string(t.ID))
	return err
}

// tasks counts the tasks of a kind for a row.
func (b *bench) tasks(kind tidemark.TaskKind, id tidemark.ID) int {
	b.Helper()
	var n int
	b.ok(b.db.Writer().QueryRowContext(b.Context(), `SELECT count(*) FROM tasks WHERE kind = ? AND id = ?`,
		string(kind), string(id)).Scan(&n))
	return n
}

func redact(uri string) string {
	scheme, rest, _ := strings.Cut(uri, "://")
	return scheme + "://" + rest[strings.LastIndexByte(rest, '@')+1:]
}

func (b *bench) ask(_ context.Context, uri string) (tidemark.ServerInfo, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.probe(uri)
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

// code fails the test unless err has that code; "" is no error.
func (b *bench) code(err error, want tidemark.Code) {
	b.Helper()
	if got := tidemark.ErrorCode(err); got != want {
		b.Fatalf("got %q (%v), want %q", got, err, want)
	}
}

func (b *bench) update(fn func(tx tidemark.Tx) error) {
	b.Helper()
	b.ok(b.db.Update(b.Context(), fn))
}

// instance makes an instance through the service and lets it be IDLE.
func (b *bench) instance(name string, kind tidemark.InstanceKind) *tidemark.Instance {
	b.Helper()
	return b.instanceIn(b.cred.GroupID, name, kind)
}

func (b *bench) instanceIn(project tidemark.ID, name string, kind tidemark.InstanceKind) *tidemark.Instance {
	b.Helper()
	i, err := b.svc.CreateInstance(b.Context(), b.owner, project, tidemark.NewInstance{
		Name: name, Kind: kind, URI: "mongodb://user:pass@127.0.0.1:1/",
	})
	b.ok(err)
	return i
}

// pair makes an instance that has a snapshot, and one to restore it onto.
func (b *bench) pair() (shop, target *tidemark.Instance, s *tidemark.Snapshot) {
	b.Helper()
	shop, target = b.instance("shop", tidemark.KindServerless), b.instance("target", tidemark.KindServerless)
	return shop, target, b.snapshot(shop, tidemark.SnapshotCompleted)
}

// edit writes a change of an instance as the jobs would.
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

// snapshot takes one and writes what the jobs would have written.
func (b *bench) snapshot(i *tidemark.Instance, status tidemark.SnapshotStatus) *tidemark.Snapshot {
	b.Helper()
	s, err := b.svc.TakeSnapshot(b.Context(), b.owner, i.ProjectID, i.Name, tidemark.NewSnapshot{})
	b.ok(err)
	if status == tidemark.SnapshotQueued {
		return s
	}
	b.update(func(tx tidemark.Tx) error {
		if s, err = tx.BeginSnapshot(b.Context(), s.ID); err != nil || status == tidemark.SnapshotInProgress {
			return err
		}
		s.Status, s.FinishedAt = status, b.clock()
		if status == tidemark.SnapshotCompleted {
			s.Manifest = "manifest of " + string(s.ID)
		}
		return tx.UpdateSnapshot(b.Context(), s)
	})
	return s
}

// finish writes the outcome of a restore job as the jobs would.
func (b *bench) finish(j *tidemark.RestoreJob, state tidemark.JobState) *tidemark.RestoreJob {
	b.Helper()
	return b.changeJob(j, func(j *tidemark.RestoreJob) { j.State, j.FinishedAt = state, b.clock() })
}

// changeJob writes a change of a restore job as the jobs would.
func (b *bench) changeJob(j *tidemark.RestoreJob, change func(*tidemark.RestoreJob)) *tidemark.RestoreJob {
	b.Helper()
	b.update(func(tx tidemark.Tx) (err error) {
		if j, err = tx.BeginRestoreJob(b.Context(), j.ID); err != nil {
			return err
		}
		change(j)
		return tx.UpdateRestoreJob(b.Context(), j)
	})
	return j
}

// automated asks for a restore of the snapshot into the target.
func automated(s *tidemark.Snapshot, target *tidemark.Instance) tidemark.NewRestoreJob {
	return tidemark.NewRestoreJob{
		DeliveryType:    tidemark.DeliverAutomated,
		SnapshotID:      s.ID,
		TargetProjectID: target.ProjectID,
		TargetName:      target.Name,
	}
}

func (b *bench) restore(source *tidemark.Instance, r tidemark.NewRestoreJob) (*tidemark.RestoreJob, error) {
	return b.svc.CreateRestoreJob(b.Context(), b.owner, source.ProjectID, source.Name, "", r)
}

// inOrg is the scope of the organization.
func (b *bench) inOrg() tidemark.KeyScope { return tidemark.KeyScope{OrgID: b.cred.OrgID} }

// inProject is the scope of the project.
func (b *bench) inProject() tidemark.KeyScope { return tidemark.KeyScope{ProjectID: b.cred.GroupID} }

// key makes a key with those roles and returns its caller.
func (b *bench) key(roles ...tidemark.Role) tidemark.Caller {
	b.Helper()
	k, err := b.svc.CreateKey(b.Context(), b.owner, b.inOrg(), tidemark.NewKey{Kind: tidemark.KeyAPI, Roles: roles})
	b.ok(err)
	c, secret, err := b.svc.APIKey(b.Context(), k.PublicID)
	b.ok(err)
	if secret != k.Secret {
		b.Fatal("the stored private key is another one")
	}
	return c
}

// project makes another project of the organization.
func (b *bench) project(name string) *tidemark.Project {
	b.Helper()
	p, err := b.svc.CreateProject(b.Context(), b.owner, tidemark.NewProject{OrgID: b.cred.OrgID, Name: name})
	b.ok(err)
	return p
}

var all = tidemark.Page{Number: 1, Size: 100}
