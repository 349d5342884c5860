package jobs_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"tidemark"
	"tidemark/jobs"
)

// TestPointInTimeRestore advances once for all attempts, and leaves nothing.
func TestPointInTimeRestore(t *testing.T) {
	t.Parallel()
	b := newBench(t).start()
	i := b.captured("shop", 10)
	s := b.newest(i, 1)
	b.grow(i, 30)
	b.idleButCaptures()
	before := withoutSlices(b.ports.objects())
	advances := b.ports.times("advance")
	b.ports.advance = func(r jobs.AdvanceRequest) error {
		if r.Base != s.Manifest || r.After != s.ClusterTime || r.To.T != 25 || !r.TornUntil.IsZero() || len(r.Slices) == 0 {
			t.Errorf("it is to advance %+v", r)
		}
		if b.ports.times("advance") == advances+1 {
			return errUnreachable // with an object written
		}
		return nil
	}
	var manifests []string
	b.ports.restore = func(_ context.Context, r jobs.RestoreRequest) (*tidemark.RestoreReport, error) {
		manifests = append(manifests, r.Manifest)
		if len(manifests) < 3 {
			return nil, errUnreachable
		}
		return &tidemark.RestoreReport{}, nil
	}
	j := b.newRestore(s, b.instance("copy"))
	j.DeliveryType, j.DesiredTimestamp = tidemark.DeliverPointInTime, tidemark.Timestamp{T: 25, I: 1}
	b.jobIs(b.enqueue(j), tidemark.JobCompleted)
	if want := "manifest " + string(j.ID); len(manifests) != 3 || manifests[0] != want || manifests[2] != want {
		t.Errorf("restored were %v", manifests)
	}
	if n := b.ports.times("advance") - advances; n != 2 {
		t.Errorf("it was advanced %d times", n)
	}
	b.idleButCaptures()
	if left := withoutSlices(b.ports.objects()); !slices.Equal(left, before) {
		t.Errorf("left are %v, before there were %v", left, before)
	}
	if n := b.count(`SELECT count(*) FROM settings WHERE name LIKE 'restore/%'`); n != 0 {
		t.Errorf("%d notes are left", n)
	}
}

func withoutSlices(objects []string) []string {
	return slices.DeleteFunc(objects, func(o string) bool { return strings.HasPrefix(o, "slice") })
}
