package jobs

import (
	"context"
	"slices"
	"time"

	"tidemark"
)

// tornTime bounds the counting of torn transactions, which nobody waits for.
const tornTime = 5 * time.Minute

// phaseCounting is the phase of a restore that counts torn transactions.
const phaseCounting = "counting transactions"

// TornRequest asks how many transactions a restore of a part tears.
type TornRequest struct {
	// Slices hold all entries after From up to Until, in order.
	Slices          []*tidemark.Slice
	From, At, Until tidemark.Timestamp
	Picks           func(namespace string) bool // whether it is chosen
}

// withTorn adds to the report of a restore of a part how many transactions that
// tears, where the oplog of the source is captured from the snapshot on. The
// restore is done by then: what cannot be counted is a warning.
func (t *restoreTask) withTorn(ctx context.Context, r *restoring, report *tidemark.RestoreReport) *tidemark.RestoreReport {
	if report == nil || !r.job.Options.Chosen() || r.snapshot.ClusterTime.IsZero() {
		return report
	}
	ctx, cancel := context.WithTimeout(ctx, tornTime)
	defer cancel()
	out := *report
	torn, err := t.torn(ctx, r)
	if err != nil {
		t.cfg.Logger.WarnContext(ctx, "the transactions that a restore tears could not be counted", "id", string(r.job.ID), "error", err)
		out.Warnings = append(slices.Clone(report.Warnings), "How many transactions are restored by half could not be counted: "+reason(err))
		return &out
	}
	out.TornTransactions = torn
	return &out
}

// torn counts, or is nil where nothing was captured.
func (t *restoreTask) torn(ctx context.Context, r *restoring) (*tidemark.TornTransactions, error) {
	i, c, err := t.look(ctx, r.job.InstanceID)
	if err != nil || i == nil {
		return nil, err // deleted: nothing is left of its oplog
	}
	req := TornRequest{From: r.snapshot.ClusterTime, At: r.snapshot.ClusterTime, Until: c.Position, Picks: r.job.Options.Picks}
	if r.job.DeliveryType == tidemark.DeliverPointInTime {
		req.At = r.job.DesiredTimestamp
	}
	if c.Position.Compare(req.At) < 0 || c.WindowStart.IsZero() || c.WindowStart.Compare(req.From) > 0 {
		return nil, nil // not captured: there is nothing to tell
	}
	if req.Slices, err = t.slicesBetween(ctx, r.job.InstanceID, req.From, req.Until); err != nil {
		return nil, err
	}
	torn, err := t.cfg.Restorer.Torn(ctx, req)
	if err != nil {
		return nil, err
	}
	return &torn, nil
}
