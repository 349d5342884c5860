package oplogstore_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tidemark/embedded"
	"tidemark/embedded/internal/oplogstore"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// written is the directory of a server, stopped, that made two databases with n
// documents of 1 kB each.
func written(t *testing.T, n int) string {
	t.Helper()
	dir := t.TempDir()
	s, err := embedded.Start(t.Context(), embedded.Config{Dir: dir, Oplog: true})
	must(t, err)
	c, err := mongo.Connect(options.Client().ApplyURI(s.URI()))
	must(t, err)
	for i := range n {
		for _, db := range []string{"a", "b"} {
			_, err := c.Database(db).Collection("c").InsertOne(t.Context(), bson.D{{Key: "_id", Value: i}, {Key: "x", Value: strings.Repeat("x", 900)}})
			must(t, err)
		}
	}
	must(t, c.Disconnect(t.Context()))
	must(t, s.Stop(t.Context()))
	return dir
}

func open(t *testing.T, dir string, limit int64) *oplogstore.Store {
	t.Helper()
	s, err := oplogstore.Open(t.Context(), dir, limit)
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	return s
}

// read is the times of all entries, and what they are.
func read(t *testing.T, s *oplogstore.Store) (times []oplogstore.Time, entries []string) {
	t.Helper()
	must(t, s.Read(t.Context(), oplogstore.Range{}, func(at oplogstore.Time, e []byte) bool {
		times = append(times, at)
		op, ns, o := bson.Raw(e).Lookup("op").StringValue(), bson.Raw(e).Lookup("ns").StringValue(), bson.Raw(e).Lookup("o").Document()
		first, _ := o.IndexErr(0)
		entries = append(entries, fmt.Sprint(op, " ", ns, " ", first.Key(), " ", first.Value()))
		return true
	}))
	if !slices.IsSorted(times) {
		t.Errorf("not in order: %v", times)
	}
	return times, entries
}

// execSQL changes a file behind the store's back.
func execSQL(t *testing.T, path string, statements ...string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(10000)")
	must(t, err)
	defer db.Close()
	for _, q := range statements {
		_, err := db.ExecContext(t.Context(), q)
		must(t, err)
	}
}

func TestTrimKeepsTheNewest(t *testing.T) {
	t.Parallel()
	dir := written(t, 300)
	s := open(t, dir, 200_000)
	before, _ := read(t, s)
	for range 3 {
		must(t, s.Trim(t.Context()))
	}
	after, _ := read(t, s)
	n, bytes, err := s.Size(t.Context())
	must(t, err)
	if len(after) < 100 || bytes > 200_000 || int(n) != len(after) || !slices.Equal(after, before[len(before)-len(after):]) {
		t.Errorf("%d of %d entries, %d counted, %d bytes", len(after), len(before), n, bytes)
	}
	must(t, s.Close())

	s = open(t, dir, 1)
	if again, _ := read(t, s); !slices.Equal(again, after) {
		t.Errorf("%d entries after a restart, want %d", len(again), len(after))
	}
	must(t, s.Trim(t.Context()))
	must(t, s.Trim(t.Context()))
	if last, _ := read(t, s); !slices.Equal(last, before[len(before)-1:]) {
		t.Errorf("%d entries with room for none, want the newest", len(last))
	}
}

// A drop that was begun counts if the file is gone when the server comes back.
func TestDropThatWasInterrupted(t *testing.T) {
	t.Parallel()
	for _, gone := range []bool{false, true} {
		t.Run(fmt.Sprint("gone=", gone), func(t *testing.T) {
			t.Parallel()
			dir := written(t, 2)
			s := open(t, dir, 1<<20)
			_, before := read(t, s)
			there, err := s.BeginDrop(t.Context(), "a")
			if err != nil || !there {
				t.Fatal(there, err)
			}
			must(t, s.Close())
			if gone {
				must(t, os.Remove(filepath.Join(dir, "a.sqlite")))
			}
			_, after := read(t, open(t, dir, 1<<20))
			want := before
			if gone {
				want = append(before, `c a.$cmd drop "c"`, `c a.$cmd dropDatabase {"$numberInt":"1"}`)
			}
			if !slices.Equal(after, want) {
				t.Errorf("%q\nwant %q", after, want)
			}
		})
	}
}

func TestDropOfWhatIsNotThere(t *testing.T) {
	t.Parallel()
	s := open(t, written(t, 1), 1<<20)
	for range 2 { // the second one would wait for the first for ever
		if there, err := s.BeginDrop(t.Context(), "other"); there || err != nil {
			t.Error(there, err)
		}
	}
}

// What was written without an entry ends the log.
func TestWritesWithoutTriggersEndTheLog(t *testing.T) {
	t.Parallel()
	dir := written(t, 2)
	execSQL(t, filepath.Join(dir, "a.sqlite"), `DROP TRIGGER "_tidemark_oplog_i_c_e60c2c52"`)
	_, after := read(t, open(t, dir, 1<<20))
	if len(after) != 1 || !strings.HasPrefix(after[0], "n ") {
		t.Errorf("%q", after)
	}
}

// A log that was deleted by hand begins anew, and nothing of it is left.
func TestLogWithoutItsOwnFile(t *testing.T) {
	t.Parallel()
	dir := written(t, 2)
	must(t, os.Remove(filepath.Join(dir, oplogstore.FileName)))
	_, after := read(t, open(t, dir, 1<<20))
	if len(after) != 1 || !strings.HasPrefix(after[0], "n ") {
		t.Errorf("%q", after)
	}
}

// Entries are seen when all commands that began before them are done.
func TestReadersWaitForEarlierCommands(t *testing.T) {
	t.Parallel()
	dir := written(t, 1)
	s := open(t, dir, 1<<20)
	before, _ := read(t, s)
	insert := func(db string, id int) {
		execSQL(t, filepath.Join(dir, db+".sqlite"), fmt.Sprintf(
			`INSERT INTO c_e60c2c52 VALUES ('{"$s":{"p":{"_id":{"t":"int"}},"$k":["_id"]},"_id":%d}')`, id))
	}
	seen := func(want int) {
		t.Helper()
		if times, _ := read(t, s); len(times) != len(before)+want {
			t.Errorf("%d entries are seen, want %d more than %d", len(times), want, len(before))
		}
	}
	slow, changed := s.Begin(), s.Changed()
	quick := s.Begin()
	insert("a", 10)
	quick.Done()
	select {
	case <-changed:
	case <-t.Context().Done():
		t.Fatal("no change")
	}
	seen(0)
	insert("b", 11)
	later := s.Begin()
	insert("a", 12)
	slow.Done()
	seen(2)
	later.Done()
	seen(3)
}

func TestStoppedReading(t *testing.T) {
	t.Parallel()
	s := open(t, written(t, 1), 1<<20)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Read(ctx, oplogstore.Range{}, func(oplogstore.Time, []byte) bool { return true }); err == nil {
		t.Error("no error")
	}
}
