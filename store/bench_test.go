package store_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"tidemark"
	"tidemark/store"
)

// The store of the API's budget: p99 below 50 ms for reads.
const (
	manyInstances = 10_000
	manySnapshots = 1_000_000
	rowsACommit   = 5_000
)

// large is a store with manyInstances in one project and manySnapshots, half
// of them of one instance.
type large struct {
	db        *store.DB
	project   tidemark.ID
	instances []tidemark.ID
}

func (l *large) fill() error {
	ctx := context.Background()
	org := tidemark.NewID()
	l.project = tidemark.NewID()
	err := l.db.Update(ctx, func(tx tidemark.Tx) error {
		if err := tx.CreateOrganization(ctx, &tidemark.Organization{ID: org}); err != nil {
			return err
		}
		if err := tx.CreateProject(ctx, &tidemark.Project{ID: l.project, OrgID: org, Name: "p"}); err != nil {
			return err
		}
		for n := range manyInstances {
			id := tidemark.NewID()
			l.instances = append(l.instances, id)
			err := tx.CreateInstance(ctx, &tidemark.Instance{
				ID: id, ProjectID: l.project, Name: fmt.Sprint("i", n), URI: "mongodb://user:secret@host/",
				Kind: tidemark.KindServerless, State: tidemark.StateIdle, CreatedAt: time.UnixMilli(int64(n + 1)),
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	for from := 0; err == nil && from < manySnapshots; from += rowsACommit {
		err = l.db.Update(ctx, func(tx tidemark.Tx) error {
			for n := from; n < from+rowsACommit; n++ {
				i := l.instances[0]
				if n%2 == 0 {
					i = l.instances[n/2%manyInstances]
				}
				err := tx.CreateSnapshot(ctx, &tidemark.Snapshot{
					ID: tidemark.NewID(), ProjectID: l.project, InstanceID: i, InstanceName: "i", Status: tidemark.SnapshotCompleted,
					Type: tidemark.SnapshotScheduled, Frequency: tidemark.FrequencyDaily, Manifest: tidemark.RandomHex(16),
					CreatedAt: time.UnixMilli(int64(n + 1)), ExpiresAt: time.UnixMilli(int64(n + 1e9)), Epoch: 1,
				})
				if err != nil {
					return err
				}
			}
			return nil
		})
	}
	return err
}

// BenchmarkReads measures reads of a store with 10,000 instances and 1,000,000
// snapshots, and of the API's default page of 100.
func BenchmarkReads(b *testing.B) {
	l := &large{db: open(b, config(b))}
	if err := l.fill(); err != nil {
		b.Fatal(err)
	}
	page := tidemark.Page{Number: 1, Size: 100}
	usual, crowded := l.instances[77], l.instances[0]
	for _, c := range []struct {
		name string
		read func(ctx context.Context, tx tidemark.Tx) error
	}{
		{"instance", func(ctx context.Context, tx tidemark.Tx) error {
			_, err := tx.InstanceByName(ctx, l.project, "i77")
			return err
		}},
		{"instances", func(ctx context.Context, tx tidemark.Tx) error {
			_, _, err := tx.Instances(ctx, l.project, tidemark.KindServerless, page)
			return err
		}},
		{"lastInstances", func(ctx context.Context, tx tidemark.Tx) error {
			_, _, err := tx.Instances(ctx, l.project, "", tidemark.Page{Number: manyInstances / 100, Size: 100})
			return err
		}},
		{"project", func(ctx context.Context, tx tidemark.Tx) error {
			_, err := tx.Project(ctx, l.project)
			return err
		}},
		{"snapshots", func(ctx context.Context, tx tidemark.Tx) error {
			_, _, err := tx.Snapshots(ctx, usual, page)
			return err
		}},
		{"snapshotsOfHalfAMillion", func(ctx context.Context, tx tidemark.Tx) error {
			_, _, err := tx.Snapshots(ctx, crowded, page)
			return err
		}},
		{"unfinishedSnapshots", func(ctx context.Context, tx tidemark.Tx) error {
			_, err := tx.UnfinishedSnapshots(ctx, crowded)
			return err
		}},
		{"expiredSnapshots", func(ctx context.Context, tx tidemark.Tx) error {
			_, err := tx.ExpiredSnapshots(ctx, time.UnixMilli(2e9), 100)
			return err
		}},
	} {
		b.Run(c.name, func(b *testing.B) {
			var took []time.Duration
			for b.Loop() {
				began := time.Now()
				err := l.db.View(b.Context(), func(tx tidemark.Tx) error { return c.read(b.Context(), tx) })
				if err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(began))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1e3, "p99-ms")
		})
	}
}

// BenchmarkCommit measures a small acknowledged, synced write.
func BenchmarkCommit(b *testing.B) {
	db := open(b, config(b))
	for b.Loop() {
		err := db.Update(b.Context(), func(tx tidemark.Tx) error { return tx.SetSetting(b.Context(), "a", "b") })
		if err != nil {
			b.Fatal(err)
		}
	}
}
