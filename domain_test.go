package tidemark_test

import (
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
)

func TestParseID(t *testing.T) {
	t.Parallel()
	if id, ok := tidemark.ParseID(tidemark.NewID().String()); !ok || time.Since(id.Time()) > time.Minute {
		t.Fatalf("a new ID does not parse: %v %v", id, ok)
	}
	for _, bad := range []string{"", "0123456789abcdef0123456", "0123456789abcdef012345678", "0123456789ABCDEF01234567", "0123456789abcdef0123456g"} {
		if _, ok := tidemark.ParseID(bad); ok {
			t.Errorf("%q parses", bad)
		}
	}
}

func TestTimestampOrder(t *testing.T) {
	t.Parallel()
	order := []tidemark.Timestamp{{}, {T: 1}, {T: 1, I: 1}, {T: 1, I: 1 << 31}, {T: 2}, {T: 1 << 31, I: 5}}
	for i, a := range order {
		for j, b := range order {
			if got, want := a.Compare(b), compare(i, j); got != want {
				t.Errorf("%v against %v: %d, want %d", a, b, got, want)
			}
		}
	}
	if ts := tidemark.TimestampOf(bson.Timestamp{T: 7, I: 3}); ts.String() != "7:3" || ts.BSON() != (bson.Timestamp{T: 7, I: 3}) {
		t.Errorf("%v", ts)
	}
}

func compare(i, j int) int {
	switch {
	case i < j:
		return -1
	case i > j:
		return 1
	}
	return 0
}

func TestErrorsKeepCodeHintAndCause(t *testing.T) {
	t.Parallel()
	inner := tidemark.Errorf(tidemark.CodeObjectDamaged, "block 3: %w", io.ErrUnexpectedEOF).WithHint("restore %s", "it")
	outer := fmt.Errorf("read the run: %w", inner)
	if tidemark.ErrorCode(outer) != tidemark.CodeObjectDamaged || tidemark.ErrorHint(outer) != "restore it" || !errors.Is(outer, io.ErrUnexpectedEOF) {
		t.Fatalf("%v: code %q, hint %q", outer, tidemark.ErrorCode(outer), tidemark.ErrorHint(outer))
	}
	if tidemark.ErrorCode(nil) != "" || tidemark.ErrorCode(io.EOF) != tidemark.CodeInternal || tidemark.ErrorHint(io.EOF) != "" {
		t.Fatal("plain errors have a code or hint")
	}
}

func TestCatalogue(t *testing.T) {
	t.Parallel()
	capped, err := bson.Marshal(bson.D{{Key: "capped", Value: true}})
	if err != nil {
		t.Fatal(err)
	}
	c := tidemark.Catalogue{Collections: []tidemark.Collection{
		{DB: "a", Name: "x", Type: tidemark.TypeCollection, Options: capped},
		{DB: "a", Name: "y", Type: tidemark.TypeView},
		{DB: "b", Name: "system.buckets.z", Type: tidemark.TypeCollection},
	}}
	if dbs := c.Databases(); len(dbs) != 2 || dbs[0] != "a" || dbs[1] != "b" {
		t.Errorf("databases %v", dbs)
	}
	x, ok := c.Find("a", "x")
	if !ok || !x.Capped() || !x.HasDocuments() || x.Namespace() != "a.x" {
		t.Errorf("%+v", x)
	}
	if y, _ := c.Find("a", "y"); y.HasDocuments() || y.Capped() {
		t.Errorf("%+v", y)
	}
	if z, _ := c.Find("b", "system.buckets.z"); !z.IsBuckets() {
		t.Errorf("%+v", z)
	}
	if _, ok := c.Find("b", "x"); ok {
		t.Error("found what is not there")
	}
}

func TestProgress(t *testing.T) {
	t.Parallel()
	start := time.Unix(100, 0)
	p := tidemark.Progress{Percent: 25, Bytes: 500, StartedAt: start, UpdatedAt: start.Add(10 * time.Second)}
	if eta, ok := p.ETA(); !ok || eta != 30*time.Second || p.Rate() != 50 {
		t.Errorf("eta %v %v, rate %v", eta, ok, p.Rate())
	}
	if _, ok := (tidemark.Progress{}).ETA(); ok || (tidemark.Progress{}).Rate() != 0 {
		t.Error("no progress has an ETA or a rate")
	}
}
