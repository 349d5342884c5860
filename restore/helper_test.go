package restore_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"tidemark"
	"tidemark/capture"
	"tidemark/restore"
	"tidemark/restore/restoretest"
	"tidemark/run"
	"tidemark/vault"
	"tidemark/vault/buckettest"
)

// bundle is a snapshot and the state it was taken in.
type bundle struct {
	vault    *vault.Vault
	bucket   *buckettest.Mem
	manifest *vault.Manifest
	want     restoretest.State
}

// snapshot takes one of a deployment that Fill has filled.
func snapshot(t *testing.T, documents, size int) *bundle {
	t.Helper()
	v, bucket := restoretest.Vault(t)
	return snapshotInto(t, documents, size, v, bucket)
}

// snapshotInto takes a snapshot into a vault over a bucket.
func snapshotInto(t *testing.T, documents, size int, v *vault.Vault, bucket *buckettest.Mem) *bundle {
	t.Helper()
	d := restoretest.Deployment(t)
	restoretest.Fill(t, d, documents, size)
	b := &bundle{want: restoretest.Read(t, d), vault: v, bucket: bucket}
	var err error
	b.manifest, _, err = capture.Take(t.Context(), capture.Request{
		SnapshotID: tidemark.NewID(), InstanceID: tidemark.NewID(), Source: d, Vault: b.vault, BufferBytes: 64 << 10,
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *bundle) open(ctx context.Context, ref run.RunRef) (run.Source, error) {
	return b.vault.Open(ctx, ref.Object)
}

// target is a deployment that holds something else.
func target(t *testing.T) (tidemark.Target, restoretest.State) {
	t.Helper()
	d := restoretest.Deployment(t)
	overwrite(t, d)
	return d, restoretest.Read(t, d)
}

// job is a restore whose attempts are made by the test.
type job struct {
	restore.Request
	mu     sync.Mutex
	cursor []byte
	last   tidemark.Progress
	saves  int
}

func (b *bundle) job(target tidemark.Target) *job {
	j := &job{Request: restore.Request{
		JobID: tidemark.NewID(), Manifest: b.manifest, Open: b.open, Merger: b.merging(), Target: target,
		Writers: 3, BatchBytes: 8 << 10, PartBytes: 32 << 10, SaveEvery: time.Millisecond, RetryFor: -1,
	}}
	j.Save = func(_ context.Context, p tidemark.Progress, cursor []byte) error {
		j.mu.Lock()
		defer j.mu.Unlock()
		j.cursor, j.last = cursor, p
		j.saves++
		return nil
	}
	return j
}

// attempt goes on from where the last one was.
func (j *job) attempt(ctx context.Context) (*tidemark.RestoreReport, error) {
	req := j.Request
	req.Cursor = j.cursor
	return restore.Run(ctx, req)
}

// cuttingOver says whether the cursor saved last is beyond the point where the
// target is untouched.
func (j *job) cuttingOver() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return restore.CuttingOver(j.cursor)
}

// damage flips a bit of a stored object.
func (b *bundle) damage(object string, at int) {
	data := slices.Clone(b.bucket.Bytes(object))
	data[at] ^= 4
	b.bucket.Put(object, data)
}
