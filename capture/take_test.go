package capture_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
	"tidemark/capture"
	"tidemark/restore/restoretest"
	"tidemark/run"
	"tidemark/vault"
	"tidemark/vault/buckettest"
)

// request is a capture of a deployment, in small pieces.
func request(v *vault.Vault, source tidemark.Source) capture.Request {
	return capture.Request{
		SnapshotID: tidemark.NewID(), InstanceID: tidemark.NewID(), Source: source, Vault: v, BufferBytes: 64 << 10,
	}
}

// contents reads what a snapshot has back out of the vault.
func contents(t *testing.T, v *vault.Vault, m *vault.Manifest) map[string]tidemark.Content {
	t.Helper()
	out := map[string]tidemark.Content{}
	for _, c := range m.Collections {
		var refs []run.RunRef
		for _, r := range m.Runs {
			if r.Collection == c.UUID {
				refs = append(refs, run.RunRef{Object: r.Object, Sequence: int(r.Sequence), First: r.First, Last: r.Last,
					Entries: r.Entries, RawBytes: r.RawBytes, StoredBytes: r.RunBytes})
			}
		}
		got, err := run.Count(t.Context(), func(ctx context.Context, ref run.RunRef) (run.Source, error) {
			return v.Open(ctx, ref.Object)
		}, refs, run.CollectionBounds(c.UUID), nil)
		if err != nil {
			t.Fatal(err)
		}
		out[c.Namespace()] = got
	}
	return out
}

// objects lists the vault.
func objects(t *testing.T, b *buckettest.Mem) map[string]bool {
	t.Helper()
	out := map[string]bool{}
	for info, err := range b.List(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		out[info.Name] = true
	}
	return out
}

func TestTakeHasEverything(t *testing.T) {
	t.Parallel()
	d := restoretest.Deployment(t)
	restoretest.Fill(t, d, 2000, 300)
	v, bucket := restoretest.Vault(t)
	req := request(v, d)
	var mu sync.Mutex
	noted := map[string]bool{}
	req.Note = func(_ context.Context, name string) error {
		mu.Lock()
		defer mu.Unlock()
		if objects(t, bucket)[name] {
			return fmt.Errorf("%s was written before it was noted", name)
		}
		noted[name] = true
		return nil
	}
	var last tidemark.Progress
	req.Progress = func(p tidemark.Progress) {
		mu.Lock()
		defer mu.Unlock()
		last = p
	}
	m, object, err := capture.Take(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	read, err := v.ReadManifest(t.Context(), object)
	if err != nil || read.SnapshotID != req.SnapshotID || len(read.Collections) != 4 || len(read.Runs) != len(m.Runs) {
		t.Fatalf("the manifest reads back as %+v, %v", read, err)
	}
	stored := contents(t, v, read)
	for _, c := range read.Collections {
		var want tidemark.Content
		err := d.Scan(t.Context(), c.Collection, tidemark.ScanRange{}, func(doc bson.Raw) error { want.Add(doc); return nil })
		if err != nil {
			t.Fatal(err)
		}
		if c.Content != want || stored[c.Namespace()] != want {
			t.Errorf("%s: manifest %+v, runs %+v, deployment %+v", c.Namespace(), c.Content, stored[c.Namespace()], want)
		}
		if c.Natural != c.Capped() {
			t.Errorf("%s: natural %v", c.Namespace(), c.Natural)
		}
	}
	for _, r := range read.Runs {
		if !noted[r.Object] {
			t.Errorf("%s was never noted", r.Object)
		}
	}
	if got := objects(t, bucket); len(got) != len(read.Runs)+1 {
		t.Errorf("%d objects for %d runs and a manifest", len(got), len(read.Runs))
	}
	if last.Phase == "" || last.Percent <= 0 || last.Percent > 99 {
		t.Errorf("last progress: %+v", last)
	}
	found, err := v.Verify(t.Context(), object, vault.VerifyData)
	if err != nil || found.Failed != 0 || found.Runs != int64(len(read.Runs)) {
		t.Errorf("verification: %+v, %v", found, err)
	}
}

func TestTakeOfAnEmptyDeployment(t *testing.T) {
	t.Parallel()
	v, _ := restoretest.Vault(t)
	m, object, err := capture.Take(t.Context(), request(v, restoretest.Deployment(t)))
	if err != nil || object == "" || len(m.Collections) != 0 || len(m.Runs) != 0 {
		t.Fatalf("%+v, %q, %v", m, object, err)
	}
}

func TestTakeLeavesOutWhatRestoresHaveStaged(t *testing.T) {
	t.Parallel()
	d := restoretest.Deployment(t)
	restoretest.Fill(t, d, 10, 10)
	staged := tidemark.StagePrefix + tidemark.NewID().String() + "_0"
	restoretest.Collection(t, d, "shop", staged, 1, nil, func(int) bson.D { return bson.D{{Key: "_id", Value: 1}} })
	v, _ := restoretest.Vault(t)
	m, _, err := capture.Take(t.Context(), request(v, d))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range m.Collections {
		if c.Name == staged {
			t.Fatal("the snapshot has a staged collection")
		}
	}
}

// twice hands out some documents of a scan again, changed, as a server may
// that moves documents while it is scanned.
type twice struct{ tidemark.Source }

func (s twice) Scan(ctx context.Context, c tidemark.Collection, r tidemark.ScanRange, fn func(bson.Raw) error) error {
	var again []bson.Raw
	err := s.Source.Scan(ctx, c, r, func(doc bson.Raw) error {
		if id, ok := doc.Lookup("_id").Int32OK(); ok && id%3 == 0 && !c.Capped() {
			d, err := bson.Marshal(bson.D{{Key: "_id", Value: id}, {Key: "moved", Value: true}})
			if err != nil {
				return err
			}
			again = append(again, d)
		}
		return fn(doc)
	})
	for _, doc := range again {
		if err == nil {
			err = fn(doc)
		}
	}
	return err
}

func TestTakeCountsDocumentsThatMovedOnce(t *testing.T) {
	t.Parallel()
	d := restoretest.Deployment(t)
	restoretest.Fill(t, d, 3000, 200)
	v, _ := restoretest.Vault(t)
	m, _, err := capture.Take(t.Context(), request(v, twice{d}))
	if err != nil {
		t.Fatal(err)
	}
	stored := contents(t, v, m)
	for _, c := range m.Collections {
		if c.Content != stored[c.Namespace()] {
			t.Errorf("%s: manifest %+v, runs %+v", c.Namespace(), c.Content, stored[c.Namespace()])
		}
		if c.Name == "orders" && c.Content.Documents != 3000 {
			t.Errorf("%s has %d documents", c.Namespace(), c.Content.Documents)
		}
	}
}

func TestTakeThatFailsLeavesNothing(t *testing.T) {
	t.Parallel()
	d := restoretest.Deployment(t)
	restoretest.Fill(t, d, 500, 400)
	counted := &restoretest.Faulty{Target: d}
	v, _ := restoretest.Vault(t)
	if _, _, err := capture.Take(t.Context(), request(v, counted)); err != nil {
		t.Fatal(err)
	}
	broken := tidemark.Errorf(tidemark.CodeTargetUnreachable, "broken")
	for n := 1; n <= counted.Calls(); n++ {
		v, bucket := restoretest.Vault(t)
		source := &restoretest.Faulty{Target: d, Before: func(_ string, call int) error {
			if call == n {
				return broken
			}
			return nil
		}}
		_, _, err := capture.Take(t.Context(), request(v, source))
		if !errors.Is(err, broken) {
			t.Errorf("call %d failed, and Take returned %v", n, err)
		}
		if left := objects(t, bucket); len(left) > 0 {
			t.Errorf("call %d failed: %d objects are left", n, len(left))
		}
	}
}

func TestTakeEndsWithItsContextAndItsNotes(t *testing.T) {
	t.Parallel()
	d := restoretest.Deployment(t)
	restoretest.Fill(t, d, 1000, 400)
	v, bucket := restoretest.Vault(t)
	ctx, cancel := context.WithCancel(t.Context())
	req := request(v, d)
	req.Note = func(context.Context, string) error { cancel(); return nil }
	if _, _, err := capture.Take(ctx, req); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	lost := errors.New("lost the job")
	req.Note = func(context.Context, string) error { return lost }
	if _, _, err := capture.Take(t.Context(), req); !errors.Is(err, lost) {
		t.Errorf("note failed: %v", err)
	}
	if left := objects(t, bucket); len(left) > 0 {
		t.Errorf("%d objects are left", len(left))
	}
}

func TestTakeWithAFailingVault(t *testing.T) {
	t.Parallel()
	d := restoretest.Deployment(t)
	restoretest.Fill(t, d, 200, 400)
	master, err := vault.NewMasterKey()
	if err != nil {
		t.Fatal(err)
	}
	for n := 1; n <= 4; n++ {
		for _, method := range []buckettest.Method{buckettest.Create, buckettest.Commit} {
			mem := buckettest.NewMem()
			faulty := buckettest.NewFaulty(mem)
			faulty.Fail(method, n, errors.New("the disk is full"))
			_, _, err := capture.Take(t.Context(), request(vault.Open(faulty, master), d))
			if err == nil {
				t.Errorf("%v %d failed, and Take did not", method, n)
			}
			if left := objects(t, mem); len(left) > 0 {
				t.Errorf("%v %d failed: %d objects are left", method, n, len(left))
			}
		}
	}
}
