package store_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"tidemark"
	"tidemark/store"
)

const (
	runsASnapshot = 10_000
	sharers       = 1_000
	replacedEach  = runsASnapshot / 100
)

// shared is a store in which snapshots share runs, and each replaces some of
// those of the one before.
type shared struct {
	db        *store.DB
	instance  tidemark.ID
	runs      []string
	snapshots []tidemark.ID
}

func (s *shared) fill(ctx context.Context) error {
	org, project := tidemark.NewID(), tidemark.NewID()
	s.instance = tidemark.NewID()
	return s.db.Update(ctx, func(tx tidemark.Tx) error {
		if err := tx.CreateOrganization(ctx, &tidemark.Organization{ID: org}); err != nil {
			return err
		}
		if err := tx.CreateProject(ctx, &tidemark.Project{ID: project, OrgID: org, Name: "p"}); err != nil {
			return err
		}
		return tx.CreateInstance(ctx, &tidemark.Instance{
			ID: s.instance, ProjectID: project, Name: "i", Kind: tidemark.KindServerless, State: tidemark.StateIdle,
		})
	})
}

// replace changes some of the runs and returns those that went.
func (s *shared) replace() []string {
	for len(s.runs) < runsASnapshot {
		s.runs = append(s.runs, "runs/"+tidemark.RandomHex(16))
	}
	var gone []string
	for range replacedEach {
		n := rand.IntN(runsASnapshot)
		gone = append(gone, s.runs[n])
		s.runs[n] = "runs/" + tidemark.RandomHex(16)
	}
	return gone
}

// history writes what ReferRuns would leave after n snapshots; that many calls
// would take minutes.
func (s *shared) history(ctx context.Context, n int) error {
	tx, err := s.db.Writer().BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	const insert = "INSERT INTO run_spans (instance_id, object, first_seq, last_seq) VALUES ($1, $2, $3, $4)"
	since := map[string]int{}
	for seq := 1; err == nil && seq <= n; seq++ {
		for _, run := range s.replace() {
			if first, ok := since[run]; ok && err == nil {
				_, err = tx.ExecContext(ctx, insert, string(s.instance), run, first, seq-1)
				delete(since, run)
			}
		}
		for _, run := range s.runs {
			if _, ok := since[run]; !ok {
				since[run] = seq
			}
		}
		id := tidemark.NewID()
		s.snapshots = append(s.snapshots, id)
		if err == nil {
			_, err = tx.ExecContext(ctx, "INSERT INTO run_holders (instance_id, snapshot_id, seq, released) VALUES ($1, $2, $3, FALSE)",
				string(s.instance), string(id), seq)
		}
	}
	for run, first := range since {
		if err == nil {
			_, err = tx.ExecContext(ctx, insert, string(s.instance), run, first, n)
		}
	}
	if err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// share adds a snapshot.
func (s *shared) share(ctx context.Context) error {
	s.replace()
	id := tidemark.NewID()
	s.snapshots = append(s.snapshots, id)
	return s.db.Update(ctx, func(tx tidemark.Tx) error {
		err := tx.CreateSnapshot(ctx, &tidemark.Snapshot{ID: id, InstanceID: s.instance, Status: tidemark.SnapshotCompleted})
		if err != nil {
			return err
		}
		return tx.ReferRuns(ctx, id, s.runs)
	})
}

// unshare takes the nth snapshot away, as it would be.
func (s *shared) unshare(ctx context.Context, n int) (release, forget time.Duration, err error) {
	id := s.snapshots[n]
	s.snapshots = append(s.snapshots[:n], s.snapshots[n+1:]...)
	began := time.Now()
	err = s.db.Update(ctx, func(tx tidemark.Tx) error { return releaseRuns(ctx, tx, id) })
	if err != nil {
		return 0, 0, err
	}
	released := time.Now()
	err = s.db.Update(ctx, func(tx tidemark.Tx) error { return tx.ForgetObjects(ctx, id) })
	return released.Sub(began), time.Since(released), err
}

// BenchmarkSharedRuns measures a snapshot that comes and one that goes, where
// 1,000 snapshots share runs of which each has 10,000.
func BenchmarkSharedRuns(b *testing.B) {
	c := config(b)
	s := &shared{db: open(b, c)}
	if err := s.fill(b.Context()); err != nil {
		b.Fatal(err)
	}
	if err := s.history(b.Context(), sharers); err != nil {
		b.Fatal(err)
	}
	for name, pick := range map[string]func() int{
		"oldest": func() int { return 0 },
		"any":    func() int { return rand.IntN(len(s.snapshots)) },
		"newest": func() int { return len(s.snapshots) - 1 },
	} {
		b.Run(name, func(b *testing.B) {
			var refer, release, forget time.Duration
			for b.Loop() {
				began := time.Now()
				if err := s.share(b.Context()); err != nil {
					b.Fatal(err)
				}
				refer += time.Since(began)
				released, forgot, err := s.unshare(b.Context(), pick())
				if err != nil {
					b.Fatal(err)
				}
				release += released
				forget += forgot
			}
			each := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1e3 / float64(b.N) }
			b.ReportMetric(each(refer), "refer-ms")
			b.ReportMetric(each(release), "release-ms")
			b.ReportMetric(each(forget), "forget-ms")
		})
	}
	if info, err := os.Stat(c.Path); err == nil {
		b.Logf("the file has %d MiB", info.Size()>>20)
	}
}

// BenchmarkAddSlice measures what a tailer commits every few seconds.
func BenchmarkAddSlice(b *testing.B) {
	s := &shared{db: open(b, config(b))}
	if err := s.fill(b.Context()); err != nil {
		b.Fatal(err)
	}
	var at tidemark.Timestamp
	for b.Loop() {
		next := tidemark.Timestamp{T: at.T + 1, I: 1}
		err := s.db.Update(b.Context(), func(tx tidemark.Tx) error {
			return tx.AddSlice(b.Context(), &tidemark.Slice{
				ID: tidemark.NewID(), InstanceID: s.instance, After: at, First: next, Last: next, Object: "slices/" + next.String(),
			})
		})
		if err != nil {
			b.Fatal(err)
		}
		at = next
	}
}
