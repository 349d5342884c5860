package run

import (
	"bytes"
	"context"
	"slices"

	"tidemark"
)

// Split cuts the range b into parts that cover it once, in order, each with
// about targetBytes BSON bytes of what the runs hold there, keys that are in
// several runs counted as often. It returns b itself where that is not worth a
// cut. The same runs give the same parts, so that work which recorded a part
// can go on after a restart.
//
// Parts are cut at first keys of runs and at the marks that runs carry each 256
// KiB. Where runs do not overlap and are small beside the parts, their first
// keys are enough and they are not opened. Errors are those of opening and
// reading runs.
func Split(ctx context.Context, open OpenFunc, refs []RunRef, b Bounds, targetBytes int64) ([]Bounds, error) {
	var points []point
	var total int64
	refs = within(refs, b)
	for _, ref := range refs {
		total += ref.RawBytes
	}
	if targetBytes <= 0 || total <= targetBytes {
		return []Bounds{b}, nil
	}
	levels := Levels(refs)
	for _, runs := range levels {
		for _, ref := range runs {
			found := []mark(nil)
			if len(levels) > 1 || ref.RawBytes > targetBytes/4 {
				var err error
				if found, err = readMarks(ctx, open, ref); err != nil {
					return nil, err
				}
			}
			points = append(points, pointsOf(ref, found)...)
		}
	}
	return cutAt(points, b, targetBytes), nil
}

// point is a key at which a range can be cut. It stands for bytes of documents
// next to it in its run, on either side.
type point struct {
	key           []byte
	before, after int64
}

// pointsOf makes points of a run's marks. What lies between two marks is halved
// among them, so that the sum up to a key is right on average however many runs
// overlap. A run without marks is one point, at its first key.
func pointsOf(ref RunRef, found []mark) []point {
	if len(found) == 0 {
		return []point{{key: ref.First, after: ref.RawBytes}}
	}
	points := make([]point, len(found))
	left := ref.RawBytes
	for i, m := range found {
		points[i] = point{key: m.key, before: m.bytes}
		left -= m.bytes
		if i > 0 {
			half := m.bytes / 2
			points[i-1].after, points[i].before = half, m.bytes-half
		}
	}
	points[len(points)-1].after = left
	return points
}

// cutAt cuts b at points so that parts have about targetBytes each.
func cutAt(points []point, b Bounds, targetBytes int64) []Bounds {
	points = slices.DeleteFunc(points, func(p point) bool { return !b.Contains(p.key) })
	slices.SortFunc(points, func(x, y point) int { return bytes.Compare(x.key, y.key) })
	var inside int64
	for _, p := range points {
		inside += p.before + p.after
	}
	count := (inside + targetBytes - 1) / targetBytes
	if count <= 1 {
		return []Bounds{b}
	}
	target := inside / count // parts of one size, not full ones and a rest
	var parts []Bounds
	lower, filled := b.Lower, int64(0)
	for _, p := range points {
		filled += p.before
		if filled+p.after/2 > target && filled > 0 && bytes.Compare(p.key, lower) > 0 {
			parts = append(parts, Bounds{Lower: lower, Upper: p.key})
			lower, filled = p.key, 0
		}
		filled += p.after
	}
	return append(parts, Bounds{Lower: lower, Upper: b.Upper})
}

// readMarks reads the marks of a run.
func readMarks(ctx context.Context, open OpenFunc, ref RunRef) ([]mark, error) {
	t, err := openReader(ctx, open, ref, minReadAhead)
	if err != nil {
		return nil, err
	}
	found, ok := decodeMarks(t.reader.UserProperties[marksProperty])
	if err := t.close(); err != nil {
		return nil, err
	}
	if !ok {
		return nil, damaged(ref, "its marks cannot be read")
	}
	return found, nil
}

// Count is the content of the merge of runs within bounds: what OpenMerged
// walks.
func Count(ctx context.Context, open OpenFunc, refs []RunRef, b Bounds, m Merger) (tidemark.Content, error) {
	var content tidemark.Content
	it := OpenMerged(ctx, open, refs, b, m)
	for it.Next() {
		content.Add(it.Doc())
	}
	if err := it.Err(); err != nil {
		_ = it.Close()
		return tidemark.Content{}, err
	}
	return content, it.Close()
}
