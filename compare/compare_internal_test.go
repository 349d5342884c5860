package compare

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"tidemark"
	"tidemark/embedded"
	"tidemark/restore/restoretest"
)

func TestMain(m *testing.M) {
	embedded.RunIfChild()
	goleak.VerifyTestMain(m)
}

// small is a comparison on the embedded server, its data put in.
func small(t *testing.T) *comparison {
	t.Helper()
	c := &comparison{Options: Options{Out: io.Discard}.withDefaults(), target: only{restoretest.Deployment(t)}}
	c.data = makeDataset(400, false)
	if _, err := c.limit(t.Context()); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestRestoresAreCheckedAgainstWhatWasPutIn(t *testing.T) {
	t.Parallel()
	c := small(t)
	var err error
	if c.vault, err = openShelf(t.TempDir()); err != nil {
		t.Fatal(err)
	}
	defer c.vault.close()
	if _, err := c.snapshot(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, verify := range []bool{true, false} {
		r := &row{restore: true, run: c.restorer(verify)}
		if err := c.once(t.Context(), r, true); err != nil {
			t.Fatal(err)
		}
		if len(r.wall) != 1 || r.wall[0] <= 0 || len(r.cpu) != 1 {
			t.Errorf("measured %v seconds, %v of a processor", r.wall, r.cpu)
		}
	}
	if err := c.target.Drop(t.Context(), Database, "people"); err != nil {
		t.Fatal(err)
	}
	if err := c.data.check(t.Context(), c.target); tidemark.ErrorCode(err) != tidemark.CodeNotEqual {
		t.Errorf("a lost collection: %v", err)
	}
}

func TestOtherDatabasesAreOutOfReach(t *testing.T) {
	t.Parallel()
	d := restoretest.Deployment(t)
	restoretest.Fill(t, d, 50, 100)
	before := restoretest.Read(t, d)
	c := &comparison{target: only{d}}
	if err := c.mustBeFree(t.Context()); err != nil {
		t.Fatalf("another database is in the way: %v", err)
	}
	for db := range map[string]bool{"shop": true, "": true} {
		if err := c.target.DropDatabase(t.Context(), db); tidemark.ErrorCode(err) != tidemark.CodeInternal {
			t.Errorf("drop database %q: %v", db, err)
		}
		if err := c.target.Drop(t.Context(), db, "orders"); tidemark.ErrorCode(err) != tidemark.CodeInternal {
			t.Errorf("drop in %q: %v", db, err)
		}
	}
	restoretest.Same(t, before, restoretest.Read(t, d))
}

func TestDatabaseOfSomebodyElse(t *testing.T) {
	t.Parallel()
	c := small(t)
	if err := c.mustBeFree(t.Context()); tidemark.ErrorCode(err) != tidemark.CodeConflict {
		t.Errorf("%v", err)
	}
}

func TestConnectionStringStaysOutOfArguments(t *testing.T) {
	t.Parallel()
	const secret = "s3cr&t"
	tl := tools{mongodump: "/bin/echo", mongorestore: "/bin/echo"}
	dir := t.TempDir()
	if err := tl.configure(dir, "mongodb://u:"+secret+"@127.0.0.1/"); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(dir, "tools.yaml"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
	for _, args := range [][]string{tl.dumpArgs(), tl.restoreArgs()} {
		if strings.Contains(strings.Join(args, " "), secret) {
			t.Errorf("%v", args)
		}
	}
}

func TestMedian(t *testing.T) {
	t.Parallel()
	for want, of := range map[float64][]float64{2: {3, 1, 2}, 1.5: {2, 1}, 7: {7}} {
		if got := median(of); got != want {
			t.Errorf("median(%v) = %v", of, got)
		}
	}
}
