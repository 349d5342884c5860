package storetest

import (
	"cmp"
	"maps"
	"reflect"
	"slices"
	"time"

	"pgregory.net/rapid"

	"tidemark"
)

func (m *model) createJob(t *rapid.T) {
	j := sampleJob(pick(t, m.instances, "instance"), tidemark.NewID())
	j.CreatedAt, j.Epoch = drawTime(t, "created").Add(time.Hour), 0
	j.TargetInstanceID = pick(t, m.instances, "target").ID
	if m.try(t, "", func(tx tidemark.Tx) error { return tx.CreateRestoreJob(m.h.Context(), j) }) {
		m.jobs = append(m.jobs, j)
	}
}

func (m *model) beginJob(t *rapid.T) {
	j := pick(t, m.jobs, "job")
	var want tidemark.Code
	if j.State.Finished() {
		want = tidemark.CodeConflict
	}
	begin := func(tx tidemark.Tx) error {
		_, err := tx.BeginRestoreJob(m.h.Context(), j.ID)
		return err
	}
	if m.try(t, want, begin) {
		j.Epoch++
		j.State = tidemark.JobInProgress
	}
}

func (m *model) updateJob(t *rapid.T) {
	j := pick(t, m.jobs, "job")
	changed := *j
	changed.Epoch -= rapid.IntRange(0, 1).Draw(t, "behind")
	changed.Downloads = 77 // not written
	changed.State = rapid.SampledFrom([]tidemark.JobState{
		tidemark.JobInProgress, tidemark.JobCompleted, tidemark.JobFailed, tidemark.JobCancelled,
	}).Draw(t, "state")
	if rapid.Bool().Draw(t, "newToken") {
		changed.DownloadToken = tidemark.RandomHex(32)
	}
	var want tidemark.Code
	if changed.Epoch != j.Epoch {
		want = tidemark.CodeConflict
	}
	if m.try(t, want, func(tx tidemark.Tx) error { return tx.UpdateRestoreJob(m.h.Context(), &changed) }) {
		changed.Downloads = j.Downloads
		*j = changed
	}
}

func (m *model) countDownload(t *rapid.T) {
	j := pick(t, m.jobs, "job")
	if m.try(t, "", func(tx tidemark.Tx) error { return tx.CountDownload(m.h.Context(), j.ID) }) {
		j.Downloads++
	}
}

// compare checks everything that the project holds.
func (m *model) compare(t *rapid.T) {
	m.read(t, func(tx tidemark.Tx) error {
		ctx := m.h.Context()
		slices.SortFunc(m.instances, func(a, b *tidemark.Instance) int {
			return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
		})
		got, total, err := tx.Instances(ctx, m.project.ID, "", page())
		if err != nil {
			return err
		}
		same(t, got, m.instances)
		same(t, total, len(m.instances))
		for _, i := range m.instances {
			if err := m.compareInstance(t, tx, i.ID); err != nil {
				return err
			}
		}
		for id, names := range m.objects {
			got, err := tx.SnapshotObjects(ctx, id)
			if err != nil {
				return err
			}
			same(t, got, slices.Sorted(maps.Keys(names)))
		}
		for _, j := range m.jobs {
			got, err := tx.RestoreJobByToken(ctx, j.DownloadToken)
			if err != nil {
				return err
			}
			same(t, got, j)
		}
		return nil
	})
}

func (m *model) compareInstance(t *rapid.T, tx tidemark.Tx, id tidemark.ID) error {
	ctx := m.h.Context()
	mine := without(m.snapshots, func(s *tidemark.Snapshot) bool { return s.InstanceID != id })
	slices.SortFunc(mine, func(a, b *tidemark.Snapshot) int {
		return -cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
	})
	snapshots, _, err := tx.Snapshots(ctx, id, page())
	if err != nil {
		return err
	}
	same(t, snapshots, mine)
	if err := m.compareClusterTimes(t, tx, id, mine); err != nil {
		return err
	}
	if err := m.compareCapture(t, tx, id); err != nil {
		return err
	}
	open := without(mine, finished)
	slices.Reverse(open)
	unfinished, err := tx.UnfinishedSnapshots(ctx, id)
	if err != nil {
		return err
	}
	same(t, unfinished, open)

	byCreation := func(a, b *tidemark.RestoreJob) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
	}
	from := without(m.jobs, func(j *tidemark.RestoreJob) bool { return j.InstanceID != id })
	slices.SortFunc(from, func(a, b *tidemark.RestoreJob) int { return byCreation(b, a) })
	jobs, _, err := tx.RestoreJobs(ctx, id, page())
	if err != nil {
		return err
	}
	same(t, jobs, from)
	onto := without(m.jobs, func(j *tidemark.RestoreJob) bool { return j.TargetInstanceID != id || j.State.Finished() })
	slices.SortFunc(onto, byCreation)
	jobs, err = tx.UnfinishedRestoresOnto(ctx, id)
	same(t, jobs, onto)
	return err
}

func same(t *rapid.T, got, want any) {
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("the store has\n%+v\nthe model has\n%+v", got, want)
	}
}
