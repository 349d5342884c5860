package node_test

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"tidemark/restore/restoretest"
)

func TestRestartKeepsInstancesSnapshotsAndData(t *testing.T) {
	t.Parallel()
	s := start(t, config(t))
	shop, target := s.embedded(t, "shop"), s.embedded(t, "target")
	restoretest.Fill(t, shop, 400/slowness, 100)
	want := restoretest.Read(t, shop)
	snap := s.snapshot(t, "shop")
	if p := snap.Progress; p.Documents != snap.Documents || p.TotalDocuments != snap.Documents || p.Bytes != snap.Bytes || p.Percent != 100 {
		t.Errorf("the snapshot has %d documents with %d bytes; its progress ended with %+v", snap.Documents, snap.Bytes, p)
	}
	wreck(t, target)
	wrecked := restoretest.Read(t, target)
	job := s.restore(t, "shop", snap.ID, "shop")
	before := s.instance(t, "shop")
	s.stop(t)

	s = start(t, s.cfg)
	after := s.instance(t, "shop")
	if after != before {
		t.Errorf("the instance was %+v and is %+v", before, after)
	}
	// The connections of the test are those of the first run: had a server got
	// another port, they would lead nowhere.
	restoretest.Same(t, restoretest.Read(t, shop), want)
	restoretest.Same(t, restoretest.Read(t, target), wrecked)
	if got := s.getSnapshot(t, "shop", snap.ID); !reflect.DeepEqual(got, snap) {
		t.Errorf("the snapshot was %+v and is %+v", snap, got)
	}
	if got := s.getJob(t, "shop", job.ID); got.State != job.State || got.FinishedAt != job.FinishedAt || got.Report == nil {
		t.Errorf("the restore job was %+v and is %+v", job, got)
	}
	s.restore(t, "shop", snap.ID, "target")
	restoretest.Same(t, restoretest.Read(t, target), want)
}

func TestServerThatDoesNotStartIsTriedAgain(t *testing.T) {
	t.Parallel()
	s := start(t, config(t))
	shop := s.embedded(t, "shop")
	s.create(t, "spare", "")
	restoretest.Fill(t, shop, 40, 20)
	want := restoretest.Read(t, shop)
	dir := filepath.Join(s.cfg.DataDir, "servers", s.instance(t, "shop").ID)
	s.stop(t)
	must(t, os.Rename(dir, dir+".aside"))
	must(t, os.WriteFile(dir, nil, 0o600))

	s = start(t, s.cfg)
	if left := restoretest.Read(t, s.deployment(t, "spare")); len(left) != 0 {
		t.Errorf("the other server has %v", left)
	}
	must(t, os.Remove(dir))
	must(t, os.Rename(dir+".aside", dir))
	until(t, "the server", func() bool {
		_, err := shop.Describe(t.Context())
		return err == nil
	})
	restoretest.Same(t, restoretest.Read(t, shop), want)
	s.snapshot(t, "shop")
}
