package capture_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"pgregory.net/rapid"

	"tidemark"
	"tidemark/capture"
	"tidemark/restore/restoretest"
	"tidemark/vault"
)

// log is an oplog of given entries, which the wait does not lengthen.
type log struct {
	tidemark.Source
	entries []bson.Raw
	// failAfter entries, reading fails; negative: never.
	failAfter int
}

var errLost = tidemark.Errorf(tidemark.CodeTargetUnreachable, "the connection is lost")

func (l *log) OplogWindow(context.Context) (first, last tidemark.Timestamp, err error) {
	return at(l.entries[0]), at(l.entries[len(l.entries)-1]), nil
}

func (l *log) ReadOplog(ctx context.Context, after tidemark.Timestamp, wait time.Duration, fn func(bson.Raw) error) error {
	n := 0
	for _, e := range l.entries {
		if at(e).Compare(after) <= 0 {
			continue
		}
		if n++; l.failAfter >= 0 && n > l.failAfter {
			return errLost
		}
		if err := fn(e); err != nil {
			return err
		}
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(wait):
		return nil
	}
}

func at(entry bson.Raw) tidemark.Timestamp {
	t, i := entry.Lookup("ts").Timestamp()
	return tidemark.Timestamp{T: t, I: i}
}

// anyOplog makes entries of ascending timestamps with gaps between them.
func anyOplog(t *rapid.T) []bson.Raw {
	var out []bson.Raw
	ts := bson.Timestamp{T: 1_700_000_000, I: 1}
	for range rapid.IntRange(1, 60).Draw(t, "entries") {
		if rapid.Bool().Draw(t, "second") {
			ts = bson.Timestamp{T: ts.T + uint32(rapid.IntRange(1, 9).Draw(t, "seconds")), I: 1}
		} else {
			ts.I += uint32(rapid.IntRange(1, 3).Draw(t, "ordinals"))
		}
		raw, err := bson.Marshal(bson.D{{Key: "ts", Value: ts}, {Key: "op", Value: "n"}, {Key: "o", Value: bson.D{{Key: "n", Value: len(out)}}}})
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, raw)
	}
	return out
}

// kept is a log of slices, as the store keeps it.
type kept struct {
	position tidemark.Timestamp
	slices   []*tidemark.Slice
}

func (k *kept) keep(_ context.Context, s *tidemark.Slice) error {
	if s.After != k.position {
		return tidemark.Errorf(tidemark.CodeConflict, "after %v, not %v", s.After, k.position)
	}
	k.position = s.Last
	k.slices = append(k.slices, s)
	return nil
}

func read(t testing.TB, v *vault.Vault, slices []*tidemark.Slice, after, upTo tidemark.Timestamp) ([]string, error) {
	t.Helper()
	var out []string
	for e, err := range capture.Entries(t.Context(), v, slices, after, upTo) {
		if err != nil {
			return nil, err
		}
		out = append(out, bson.Raw(e).String())
	}
	return out, nil
}

func text(entries []bson.Raw) []string {
	var out []string
	for _, e := range entries {
		out = append(out, e.String())
	}
	return out
}

func TestTailKeepsEveryEntryOnce(t *testing.T) {
	t.Parallel()
	v, _ := restoretest.Vault(t)
	rapid.Check(t, func(rt *rapid.T) {
		l := &log{entries: anyOplog(rt), failAfter: -1}
		start := tidemark.Timestamp{T: 1, I: 1}
		k := &kept{position: start}
		for attempt := 0; k.position != at(l.entries[len(l.entries)-1]); attempt++ {
			l.failAfter = rapid.IntRange(0, 40).Draw(rt, "fail after")
			if attempt > 8 {
				l.failAfter = -1
			}
			position, err := capture.Tail(t.Context(), capture.TailRequest{
				InstanceID: tidemark.NewID(), Source: l, Vault: v, After: k.position, Keep: k.keep,
				For: 5 * time.Millisecond, SliceEvery: time.Millisecond, SliceBytes: int64(rapid.IntRange(1, 2000).Draw(rt, "slice")),
			})
			if err != nil && !errors.Is(err, errLost) {
				rt.Fatal(err)
			}
			if position != k.position {
				rt.Fatalf("Tail says %v, kept is %v", position, k.position)
			}
		}
		all := text(l.entries)
		if got, err := read(t, v, k.slices, start, k.position); err != nil || !slices.Equal(got, all) {
			rt.Fatalf("%d entries of %d, %v", len(got), len(all), err)
		}
		// Any stretch of it.
		from := rapid.IntRange(0, len(all)-1).Draw(rt, "from")
		to := rapid.IntRange(from, len(all)-1).Draw(rt, "to")
		got, err := read(t, v, k.slices, at(l.entries[from]), at(l.entries[to]))
		if err != nil || !slices.Equal(got, all[from+1:to+1]) {
			rt.Fatalf("entries %d to %d: %d of them, %v", from, to, len(got), err)
		}
	})
}

func TestHolesAreFound(t *testing.T) {
	t.Parallel()
	ts := func(i uint32) tidemark.Timestamp { return tidemark.Timestamp{T: 100, I: i} }
	v, _ := restoretest.Vault(t)
	linked := []*tidemark.Slice{{After: ts(1), First: ts(2), Last: ts(4)}, {After: ts(5), First: ts(6), Last: ts(8)}}
	for _, c := range []struct{ after, upTo uint32 }{{0, 3}, {2, 6}, {4, 8}, {6, 9}} {
		if _, err := read(t, v, linked, ts(c.after), ts(c.upTo)); tidemark.ErrorCode(err) != tidemark.CodeOplogGap || tidemark.ErrorHint(err) == "" {
			t.Errorf("%d to %d: %v", c.after, c.upTo, err)
		}
	}
}

func TestTailThatIsNotKeptLeavesNothing(t *testing.T) {
	t.Parallel()
	v, bucket := restoretest.Vault(t)
	raw, err := bson.Marshal(bson.D{{Key: "ts", Value: bson.Timestamp{T: 5, I: 1}}})
	if err != nil {
		t.Fatal(err)
	}
	lost := errors.New("another tailer was first")
	noted := 0
	_, err = capture.Tail(t.Context(), capture.TailRequest{
		Source: &log{entries: []bson.Raw{raw}, failAfter: -1}, Vault: v, For: time.Millisecond,
		Note: func(context.Context, string) error { noted++; return nil },
		Keep: func(context.Context, *tidemark.Slice) error { return lost },
	})
	if !errors.Is(err, lost) || noted != 1 {
		t.Errorf("%v, %d notes", err, noted)
	}
	if left := bucket.Names(); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

func TestTailKeepsWhatItReadWhenItIsStopped(t *testing.T) {
	t.Parallel()
	v, _ := restoretest.Vault(t)
	raw, err := bson.Marshal(bson.D{{Key: "ts", Value: bson.Timestamp{T: 5, I: 1}}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	k := &kept{}
	position, err := capture.Tail(ctx, capture.TailRequest{
		Source: &log{entries: []bson.Raw{raw}, failAfter: -1}, Vault: v, Keep: k.keep,
		Note: func(context.Context, string) error { cancel(); return nil },
	})
	if !errors.Is(err, context.Canceled) || position != at(raw) || len(k.slices) != 1 {
		t.Errorf("%v at %v, %d slices", err, position, len(k.slices))
	}
}
