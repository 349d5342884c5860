package jobs_test

import (
	"strings"
	"testing"

	"tidemark"
	"tidemark/jobs"
)

// TestTornTransactions: the report of a restore of a part has them, and one that
// cannot count them completes all the same.
func TestTornTransactions(t *testing.T) {
	t.Parallel()
	b := newBench(t).start()
	i := b.captured("shop", 10)
	s := b.newest(i, 1)
	b.grow(i, 30)
	target := b.instance("copy")
	var asked []jobs.TornRequest
	var fail error
	b.ports.torn = func(r jobs.TornRequest) (tidemark.TornTransactions, error) {
		asked = append(asked, r)
		return tidemark.TornTransactions{Brought: 2, Undone: 3}, fail
	}
	restored := func(o tidemark.RestoreOptions) *tidemark.RestoreReport {
		j := b.newRestore(s, target)
		j.DeliveryType, j.DesiredTimestamp, j.Options = tidemark.DeliverPointInTime, tidemark.Timestamp{T: 25, I: 1}, o
		return b.jobIs(b.enqueue(j), tidemark.JobCompleted).Report
	}
	if r := restored(tidemark.RestoreOptions{}); r.TornTransactions != nil || len(asked) != 0 {
		t.Errorf("of a whole restore: %+v, asked %v", r, asked)
	}
	part := tidemark.RestoreOptions{Namespaces: []string{"shop"}, SafetySnapshot: tidemark.SafetyNever}
	if r := restored(part); r.TornTransactions == nil || r.TornTransactions.Undone != 3 || len(r.Warnings) != 0 {
		t.Errorf("of a part: %+v", r)
	}
	fail = tidemark.Errorf(tidemark.CodeObjectDamaged, "a slice is damaged")
	if r := restored(part); r.TornTransactions != nil || len(r.Warnings) != 1 || !strings.Contains(r.Warnings[0], "a slice is damaged") {
		t.Errorf("of slices that cannot be read: %+v", r)
	}
	for _, r := range asked {
		if r.From != s.ClusterTime || r.At.T != 25 || r.Until.T < 30 || len(r.Slices) == 0 || !r.Picks("shop.x") || r.Picks("log.x") {
			t.Errorf("asked %+v", r)
		}
	}
}
