package node_test

import (
	"context"
	"path/filepath"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
	"tidemark/capture"
	"tidemark/jobs"
	"tidemark/restore/restoretest"
	"tidemark/vault"
)

// patching makes each snapshot one of a replica set: that what it scanned was
// updated since, to what it was.
type patching struct {
	jobs.Capturer
	dir string
}

func (p patching) Capture(ctx context.Context, req jobs.CaptureRequest) (result jobs.CaptureResult, err error) {
	if result, err = p.Capturer.Capture(ctx, req); err != nil {
		return result, err
	}
	master, err := vault.LoadOrCreateMasterKey(filepath.Join(p.dir, "master.key"))
	if err != nil {
		return result, err
	}
	bucket, err := vault.OpenDirBucket(filepath.Join(p.dir, "vault"))
	if err != nil {
		return result, err
	}
	defer bucket.Close()
	v := vault.Open(bucket, master)
	base, err := v.ReadManifest(ctx, result.Manifest)
	if err != nil {
		return result, err
	}
	base.Server.Embedded, base.ClusterTime = false, tidemark.Timestamp{T: 1000}
	m, object, added, err := capture.Advance(ctx, capture.AdvanceRequest{
		SnapshotID: req.Snapshot.ID, InstanceID: req.Instance.ID, Base: base, Vault: v, Note: req.Note,
		To: tidemark.Timestamp{T: 1001}, Entries: updatesOfOrders(base.Catalogue()),
	})
	if err != nil {
		return result, err
	}
	result.Manifest, result.Runs = object, append(result.Runs, added...)
	for _, c := range m.Collections {
		if c.Name == "orders" && !c.Content.Estimated {
			return result, tidemark.Errorf(tidemark.CodeInternal, "the snapshot has no patches")
		}
	}
	return result, nil
}

// updatesOfOrders sets a field of some documents to what restoretest.Fill made
// it.
func updatesOfOrders(catalogue *tidemark.Catalogue) func(yield func([]byte, error) bool) {
	c, _ := catalogue.Find("shop", "orders")
	return func(yield func([]byte, error) bool) {
		for i := range int32(20) {
			raw, err := bson.Marshal(bson.D{
				{Key: "ts", Value: bson.Timestamp{T: 1000, I: uint32(i) + 1}}, {Key: "op", Value: "u"}, {Key: "ns", Value: c.Namespace()},
				{Key: "ui", Value: bson.Binary{Subtype: 4, Data: c.UUID[:]}},
				{Key: "o", Value: bson.D{{Key: "$v", Value: 2}, {Key: "diff", Value: bson.D{{Key: "u", Value: bson.D{{Key: "n", Value: int64(7*i) << 33}}}}}}},
				{Key: "o2", Value: bson.D{{Key: "_id", Value: 7 * i}}},
			})
			if !yield(raw, err) {
				return
			}
		}
	}
}

// TestSnapshotsWithPatches restores one and downloads it.
func TestSnapshotsWithPatches(t *testing.T) {
	t.Parallel()
	cfg := config(t)
	cfg.TuneJobs = func(j *jobs.Config) {
		quick(j)
		j.Capturer = patching{j.Capturer, cfg.DataDir}
	}
	s := start(t, cfg)
	shop, spare := s.embedded(t, "shop"), s.embedded(t, "spare")
	restoretest.Fill(t, shop, 400, 100)
	snap := s.snapshot(t, "shop")
	s.restore(t, "shop", snap.ID, "spare")
	restoretest.Same(t, restoretest.Read(t, spare), restoretest.Read(t, shop))
	sdk := byOAuth(t, s.Credentials())
	atlas{sdk, s.project}.download(t, shop, snap.ID)
}
