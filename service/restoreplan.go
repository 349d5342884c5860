package service

import (
	"context"
	"fmt"

	"tidemark"
)

// PlanRestore needs what CreateRestoreJob needs.
func (s *Service) PlanRestore(ctx context.Context, c tidemark.Caller, projectID tidemark.ID, name string, kind tidemark.InstanceKind, r tidemark.NewRestoreJob) (*tidemark.RestorePlan, error) {
	var (
		a       *askedRestore
		between oplogBetween
	)
	err := s.store.View(ctx, func(tx tidemark.Tx) (err error) {
		if a, err = s.askRestore(ctx, tx, c, projectID, name, kind, r); err != nil {
			return err
		}
		if a.target == nil {
			return tidemark.Errorf(tidemark.CodeUnsupportedDelivery, "a download has no plan: it writes nothing").
				WithHint("ask for the plan of an automated restore").WithParams(string(r.DeliveryType))
		}
		between, err = countBetween(ctx, tx, a)
		return err
	})
	if err != nil {
		return nil, err
	}
	if s.planner == nil {
		return nil, tidemark.Errorf(tidemark.CodeUnsupported, "this service makes no plans")
	}
	plan, err := s.planner.PlanRestore(ctx, a.job, a.snapshot, a.target)
	if err != nil {
		return nil, err
	}
	between.addTo(&plan, a)
	if warning := undoWarning(a.job.Options.SafetySnapshot, a.target); warning != "" {
		plan.Warnings = append(plan.Warnings, warning)
	}
	return &plan, nil
}

// oplogBetween is what is captured between a snapshot and the instant that is
// asked for, by whole slices.
type oplogBetween struct{ entries, storedBytes int64 }

// slicesPage is how many slices are counted at a time.
const slicesPage = 500

func countBetween(ctx context.Context, tx tidemark.Tx, a *askedRestore) (out oplogBetween, err error) {
	after, to := a.snapshot.ClusterTime, a.job.DesiredTimestamp
	for after.Compare(to) < 0 {
		list, err := tx.Slices(ctx, a.source.ID, after, to, slicesPage)
		if err != nil {
			return out, err
		}
		for _, slice := range list {
			out.entries += slice.Entries
			out.storedBytes += slice.StoredBytes
		}
		if len(list) < slicesPage {
			break
		}
		after = list[len(list)-1].Last
	}
	return out, nil
}

// addTo tells what is different for a point in time. What the oplog changes is
// not folded for a plan, so the collections are those of the snapshot.
func (b oplogBetween) addTo(plan *tidemark.RestorePlan, a *askedRestore) {
	if a.job.DeliveryType != tidemark.DeliverPointInTime || a.job.DesiredTimestamp == a.snapshot.ClusterTime {
		return
	}
	plan.ClusterTime, plan.OplogEntries = a.job.DesiredTimestamp, b.entries
	plan.ReadBytes += b.storedBytes
	for i := range plan.Collections {
		plan.Collections[i].Estimated = true
	}
	plan.Warnings = append(plan.Warnings, fmt.Sprintf(
		"Collections and sizes are those of the snapshot of %s. Up to %d oplog entries since then, to %s, are folded into it first.",
		moment(a.snapshot.ClusterTime), b.entries, moment(a.job.DesiredTimestamp)))
}

// undoWarning says that a restore cannot be undone, and why.
func undoWarning(rule tidemark.SafetyRule, target *tidemark.Instance) string {
	switch {
	case rule == tidemark.SafetyNever:
		return "This restore cannot be undone: no safety snapshot of the target is taken."
	case rule != tidemark.SafetyAlways && !target.ContinuousBackup:
		return "This restore cannot be undone: " + target.Name +
			" has no continuous backup, so no safety snapshot of it is taken unless it is asked for (safetySnapshot always)."
	}
	return ""
}
