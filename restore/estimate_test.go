package restore_test

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
	"tidemark/capture"
	"tidemark/oplog"
	"tidemark/restore"
	"tidemark/restore/restoretest"
	"tidemark/run"
)

// changed goes on from a snapshot to what a few updates, a delete and an insert
// made of shop.orders. Where resolved is false, the runs have patches.
func (b *bundle) changed(t *testing.T, resolved bool) *bundle {
	t.Helper()
	base := *b.manifest
	base.Server.Embedded, base.ClusterTime = resolved, tidemark.Timestamp{T: 1000}
	var orders tidemark.Collection
	for _, c := range base.Collections {
		if c.Name == "orders" {
			orders = c.Collection
		}
	}
	var entries []bson.Raw
	entry := func(op string, o bson.D, o2 any) {
		entries = append(entries, restoretest.Raw(t, bson.D{
			{Key: "ts", Value: bson.Timestamp{T: 1000, I: uint32(len(entries) + 1)}}, {Key: "op", Value: op}, {Key: "ns", Value: "shop.orders"},
			{Key: "ui", Value: bson.Binary{Subtype: 4, Data: orders.UUID[:]}}, {Key: "o", Value: o}, {Key: "o2", Value: o2},
		}))
	}
	for _, id := range []int32{3, 40, 41, 99} {
		diff := bson.D{{Key: "$v", Value: 2}, {Key: "diff", Value: bson.D{{Key: "u", Value: bson.D{{Key: "n", Value: int64(id) << 40}}}}}}
		entry("u", diff, bson.D{{Key: "_id", Value: id}})
	}
	entry("d", bson.D{{Key: "_id", Value: int32(7)}}, bson.D{})
	for _, id := range []int32{-5, 1000} {
		entry("i", bson.D{{Key: "_id", Value: id}, {Key: "n", Value: int64(1)}, {Key: "text", Value: strings.Repeat("0", 8*51)}}, bson.D{})
	}
	m, _, _, err := capture.Advance(t.Context(), capture.AdvanceRequest{
		SnapshotID: base.SnapshotID, Base: &base, Vault: b.vault, To: tidemark.Timestamp{T: 1001}, Once: true,
		Entries: func(yield func([]byte, error) bool) {
			for _, e := range entries {
				if !yield(e, nil) {
					return
				}
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range m.Collections {
		if c.Content.Estimated != (!resolved && c.Name == "orders") {
			t.Fatalf("%s: %+v", c.Namespace(), c.Content)
		}
	}
	m.Server = b.manifest.Server
	return &bundle{vault: b.vault, bucket: b.bucket, manifest: m}
}

// merging makes mergers of patches.
func (b *bundle) merging() func() run.Merger {
	return func() run.Merger { return oplog.NewMerger(b.manifest.Catalogue()) }
}

// estimated is a snapshot with patches, and the state that it has.
func estimated(t *testing.T) (patched, resolved *bundle) {
	t.Helper()
	b := snapshot(t, 120, 400)
	patched, resolved = b.changed(t, false), b.changed(t, true)
	d := restoretest.Deployment(t)
	if _, err := resolved.job(d).attempt(t.Context()); err != nil {
		t.Fatal(err)
	}
	patched.want = restoretest.Read(t, d)
	return patched, resolved
}

// TestEveryCallFailsOfARestoreThatMerges is TestEveryCallFails of a snapshot
// whose content is an estimate.
func TestEveryCallFailsOfARestoreThatMerges(t *testing.T) {
	t.Parallel()
	b, _ := estimated(t)
	everyCall(t, b, func(context.CancelFunc) error {
		return tidemark.Errorf(tidemark.CodeTargetUnreachable, "the target is gone")
	})
}

func TestAnEstimateIsReportedAsWhatWasStreamed(t *testing.T) {
	t.Parallel()
	b, resolved := estimated(t)
	for i := range b.manifest.Collections {
		if c := &b.manifest.Collections[i]; c.Content.Estimated {
			c.Content.Bytes *= 3 // about right
		}
	}
	d, _ := target(t)
	j := b.job(d)
	report, err := j.attempt(t.Context())
	if err != nil || !report.Verified {
		t.Fatalf("%+v, %v", report, err)
	}
	if j.last.Percent < 99.9 || j.last.TotalBytes != report.Content.Bytes || j.last.Bytes != j.last.TotalBytes {
		t.Errorf("progress %+v", j.last)
	}
	restoretest.Same(t, restoretest.Read(t, d), b.want)
	for i, c := range report.Collections {
		if want := resolved.manifest.Collections[i].Content; c.Expected != want || c.ReadBack != want {
			t.Errorf("%s: expected %+v, read back %+v, not %+v", c.Namespace, c.Expected, c.ReadBack, want)
		}
	}
}

func TestAnEstimateOfTheWrongNumberIsDamage(t *testing.T) {
	t.Parallel()
	b, _ := estimated(t)
	for i := range b.manifest.Collections {
		if c := &b.manifest.Collections[i]; c.Content.Estimated {
			c.Content.Documents++
		}
	}
	d, before := target(t)
	report, err := b.job(d).attempt(t.Context())
	if tidemark.ErrorCode(err) != tidemark.CodeObjectDamaged || !strings.Contains(err.Error(), "shop.orders") || report.Verified {
		t.Errorf("%v, %+v", err, report)
	}
	restoretest.Same(t, restoretest.Read(t, d), before)
	err = restore.NewArchive("shop", b.manifest, b.open, b.merging(), 0, nil).WriteRange(t.Context(), io.Discard, 0, -1)
	if tidemark.ErrorCode(err) != tidemark.CodeObjectDamaged {
		t.Errorf("archive: %v", err)
	}
}

func TestAnEstimateChangedOnTheWayIsFound(t *testing.T) {
	t.Parallel()
	b, _ := estimated(t)
	d, before := target(t)
	changed := false
	j := b.job(&restoretest.Faulty{Target: d, Change: func(docs []byte) {
		if !changed {
			changed = true
			docs[len(docs)-10] ^= 1 // within the last string of the batch
		}
	}})
	j.Writers = 1
	if _, err := j.attempt(t.Context()); tidemark.ErrorCode(err) != tidemark.CodeNotEqual {
		t.Errorf("%v", err)
	}
	restoretest.Same(t, restoretest.Read(t, d), before)
}

func TestPatchesWithoutAMergerAreTooNew(t *testing.T) {
	t.Parallel()
	b, _ := estimated(t)
	d, _ := target(t)
	j := b.job(d)
	j.Merger = nil
	if _, err := j.attempt(t.Context()); tidemark.ErrorCode(err) != tidemark.CodeFormatTooNew {
		t.Errorf("%v", err)
	}
}

// TestDownloadOfPatches compares the archive with that of the same documents
// without patches. Their estimated size is exact, as all have one size.
func TestDownloadOfPatches(t *testing.T) {
	t.Parallel()
	b, resolved := estimated(t)
	got := whole(t, restore.NewArchive("shop", b.manifest, b.open, b.merging(), 0, nil))
	want := whole(t, restore.NewArchive("shop", resolved.manifest, resolved.open, nil, 0, nil))
	if !bytes.Equal(got, want) {
		t.Errorf("%d bytes, and not the same as the %d", len(got), len(want))
	}
}
