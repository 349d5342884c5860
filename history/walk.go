package history

import (
	"context"
	"iter"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
	"tidemark/capture"
	"tidemark/oplog"
)

// slicesAtOnce is how many slices a walk knows at a time.
const slicesAtOnce = 256

// step is an entry of a walk, or a gap where the entry has no bytes.
type step struct {
	raw    []byte             // valid until the next
	before tidemark.Timestamp // the entry before; zero where that is not captured
	gap    tidemark.HistoryGap
}

// walk yields the entries after one timestamp, up to and including another, or
// to the end if that is zero, and the gaps between them.
func (l *log) walk(ctx context.Context, after, upTo tidemark.Timestamp) iter.Seq2[step, error] {
	return func(yield func(step, error) bool) {
		at := after
		for {
			slices, err := l.slices(ctx, at, upTo, slicesAtOnce)
			if err != nil {
				yield(step{}, err)
				return
			}
			for _, s := range slices {
				if !at.IsZero() && s.After.Compare(at) > 0 {
					if !yield(step{gap: tidemark.HistoryGap{After: at, Until: s.After}}, nil) {
						return
					}
				}
				if !l.walkSlice(ctx, s, at, upTo, yield) {
					return
				}
				at = s.Last
			}
			if len(slices) < slicesAtOnce {
				break
			}
		}
		gap, err := l.gapAfter(ctx, at, upTo)
		if err != nil || gap != (tidemark.HistoryGap{}) {
			yield(step{gap: gap}, err)
		}
	}
}

// gapAfter is what is not captured behind the last entry before upTo: the slice
// that comes next does not follow it, or the capture began anew and has none yet.
func (l *log) gapAfter(ctx context.Context, at, upTo tidemark.Timestamp) (tidemark.HistoryGap, error) {
	end := l.capture.Position
	if !upTo.IsZero() && upTo.Compare(end) < 0 {
		end = upTo
	}
	if at.IsZero() || end.Compare(at) <= 0 {
		return tidemark.HistoryGap{}, nil
	}
	next, err := l.slices(ctx, at, tidemark.Timestamp{}, 1)
	if err != nil {
		return tidemark.HistoryGap{}, err
	}
	if len(next) > 0 {
		if next[0].After.Compare(at) <= 0 {
			return tidemark.HistoryGap{}, nil
		}
		if next[0].After.Compare(end) < 0 {
			end = next[0].After
		}
	}
	return tidemark.HistoryGap{After: at, Until: end}, nil
}

// walkSlice yields the entries of one slice. It is false if there shall be no
// more.
func (l *log) walkSlice(ctx context.Context, s *tidemark.Slice, after, upTo tidemark.Timestamp, yield func(step, error) bool) bool {
	if upTo.IsZero() || upTo.Compare(s.Last) > 0 {
		upTo = s.Last
	}
	// From the start of the slice, which is small, so that the entry before the
	// first is known.
	before := s.After
	for raw, err := range capture.Entries(ctx, l.reader.vault, []*tidemark.Slice{s}, s.After, upTo) {
		if err != nil {
			yield(step{}, err)
			return false
		}
		t, i, _ := bson.Raw(raw).Lookup("ts").TimestampOK()
		at := tidemark.Timestamp{T: t, I: i}
		if at.Compare(after) > 0 && !yield(step{raw: raw, before: before}, nil) {
			return false
		}
		before = at
	}
	return true
}

// entry reads the entry of exactly one timestamp, in memory of its own. It is
// nil where that is not captured.
func (l *log) entry(ctx context.Context, at tidemark.Timestamp) (*oplog.Entry, error) {
	slices, err := l.slices(ctx, previous(at), at, 1)
	if err != nil || len(slices) == 0 || slices[0].After.Compare(at) >= 0 {
		return nil, err
	}
	for raw, err := range capture.Entries(ctx, l.reader.vault, slices, previous(at), at) {
		if err != nil {
			return nil, err
		}
		e, err := oplog.ParseEntry(append([]byte(nil), raw...))
		return &e, err
	}
	return nil, nil
}
