package restore_test

import (
	"testing"

	"tidemark"
	"tidemark/restore/restoretest"
	"tidemark/vault"
	"tidemark/vault/buckettest"
)

// The vault fails at every single opening and reading of an object, or gives
// half of what it should, in turn. The job fails with a reason, the target is as
// it was, and the next attempt brings the restore to its end.
func TestVaultFailsAtEveryCall(t *testing.T) {
	t.Parallel()
	master, err := vault.NewMasterKey()
	if err != nil {
		t.Fatal(err)
	}
	mem := buckettest.NewMem()
	b := snapshotInto(t, 120, 400, vault.Open(mem, master), mem)
	live := restoretest.Deployment(t)
	overwriteAgain(t, live)
	before := restoretest.Read(t, live)
	for name, fault := range map[string]struct {
		method buckettest.Method
		set    func(b *buckettest.Faulty, n int)
	}{
		"open":       {buckettest.Open, func(b *buckettest.Faulty, n int) { b.Fail(buckettest.Open, n, nil) }},
		"read":       {buckettest.ReadAt, func(b *buckettest.Faulty, n int) { b.Fail(buckettest.ReadAt, n, nil) }},
		"short read": {buckettest.ReadAt, (*buckettest.Faulty).ShortRead},
	} {
		bucket := buckettest.NewFaulty(mem)
		b.vault = vault.Open(bucket, master)
		for n := 1; ; n += stride {
			called := bucket.Calls(fault.method)
			fault.set(bucket, n)
			j := b.job(live)
			j.Writers = 1
			_, err := j.attempt(t.Context())
			if bucket.Calls(fault.method) < called+n {
				t.Logf("%s: %d calls", name, n-1)
				break
			}
			if err == nil || tidemark.ErrorCode(err) == "" || j.cuttingOver() {
				t.Fatalf("%s %d: %v", name, n, err)
			}
			restoretest.Same(t, restoretest.Read(t, live), before)
			if report, err := j.attempt(t.Context()); err != nil || !report.Verified {
				t.Fatalf("%s %d, the next attempt: %v", name, n, err)
			}
			restoretest.Same(t, restoretest.Read(t, live), b.want)
			overwriteAgain(t, live)
			if t.Failed() {
				t.Fatalf("%s %d", name, n)
			}
		}
		overwriteAgain(t, live)
	}
}
