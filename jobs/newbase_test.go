package jobs_test

import (
	"testing"

	"tidemark"
	"tidemark/jobs"
)

// TestSpoiledBase reads the deployment in full where the newest snapshot and
// the oplog since do not make another, and goes on from there.
func TestSpoiledBase(t *testing.T) {
	t.Parallel()
	for _, code := range []tidemark.Code{tidemark.CodeUnsupported, tidemark.CodeInvalidData, tidemark.CodeObjectDamaged, tidemark.CodeObjectMissing} {
		t.Run(string(code), func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.ports.advance = func(r jobs.AdvanceRequest) error {
				if r.After.T <= 12 && r.To.T >= 12 && r.After.T != r.To.T {
					return tidemark.Errorf(code, "the entry 12:1 cannot be folded")
				}
				return nil
			}
			b.start()
			i := b.captured("shop", 10)
			b.newest(i, 1)
			b.grow(i, 15)
			second := b.snapshotIs(b.take(i), tidemark.SnapshotCompleted)
			if second.ClusterTime.T != 15 || b.ports.times("capture") != 2 {
				t.Errorf("after %d readings the second snapshot is %+v", b.ports.times("capture"), second)
			}
			b.grow(i, 20)
			third := b.snapshotIs(b.take(i), tidemark.SnapshotCompleted)
			if third.ClusterTime.T != 20 || b.ports.times("capture") != 2 {
				t.Errorf("after %d readings the third snapshot is %+v", b.ports.times("capture"), third)
			}
		})
	}
}

// TestUnreachableVaultKeepsTheBase tries again where another try may help.
func TestUnreachableVaultKeepsTheBase(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	failed := false
	b.ports.advance = func(r jobs.AdvanceRequest) error {
		if r.After.T == 10 && r.TornUntil.IsZero() && !failed {
			failed = true
			return tidemark.Errorf(tidemark.CodeTargetUnreachable, "the vault is away")
		}
		return nil
	}
	b.start()
	i := b.captured("shop", 10)
	b.newest(i, 1)
	b.grow(i, 15)
	if s := b.snapshotIs(b.take(i), tidemark.SnapshotCompleted); s.ClusterTime.T != 15 || b.ports.times("capture") != 1 || !failed {
		t.Errorf("after %d readings the snapshot is %+v", b.ports.times("capture"), s)
	}
}
