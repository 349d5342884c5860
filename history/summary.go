package history

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"tidemark"
)

// A summary tells this many namespaces apart, the first that it meets, and
// shows that many, the most busy ones. All others are counted together.
const (
	namespacesKept  = 256
	namespacesShown = 20
)

// bucketsWanted is how many a summary has where nobody says.
const bucketsWanted = 60

// summarizer is one summary under way. Its memory is bounded by the number of
// its buckets and namespaces.
type summarizer struct {
	tidemark.HistorySummary
	buckets    map[int64]*tidemark.HistoryBucket
	namespaces map[string]*tidemark.HistoryNamespace
	notables   notables
}

// Summary counts what happened, by kind and namespace, in buckets of time. A
// bucket of zero seconds makes about 60 of the range. q needs both its ends.
func (r *Reader) Summary(ctx context.Context, i *tidemark.Instance, q tidemark.HistoryQuery, bucket int) (*tidemark.HistorySummary, error) {
	f, err := newFilter(q)
	if err != nil {
		return nil, err
	}
	if bucket, err = bucketOf(q, bucket); err != nil {
		return nil, err
	}
	l, err := r.needed(ctx, i)
	if err != nil {
		return nil, err
	}
	s := summarizer{
		HistorySummary: tidemark.HistorySummary{From: q.From, To: q.To, BucketSeconds: bucket, Position: l.capture.Position},
		buckets:        map[int64]*tidemark.HistoryBucket{}, namespaces: map[string]*tidemark.HistoryNamespace{},
	}
	gap := func(g tidemark.HistoryGap) {
		if len(s.Gaps) < maxGaps {
			s.Gaps = append(s.Gaps, g)
		}
	}
	if s.Until, err = l.scan(ctx, f, previous(q.From), q.To, gap, s.add); err != nil && !errors.Is(err, errEnough) {
		return nil, err
	}
	return s.result(), nil
}

// bucketOf is the length of a bucket, in seconds.
func bucketOf(q tidemark.HistoryQuery, bucket int) (int, error) {
	if q.From.IsZero() || q.To.IsZero() || q.To.Compare(q.From) < 0 {
		return 0, invalid("to", "a summary needs a beginning and an end after it")
	}
	seconds := int(q.To.T-q.From.T) + 1
	switch {
	case bucket < 0:
		return 0, invalid("bucketSeconds", "it is at least 1")
	case bucket == 0:
		return max(1, (seconds+bucketsWanted-1)/bucketsWanted), nil
	case seconds/bucket >= tidemark.HistoryBucketsMax:
		return 0, invalid("bucketSeconds", "the range would have more than %d buckets; make it at least %d", tidemark.HistoryBucketsMax, seconds/tidemark.HistoryBucketsMax+1)
	}
	return bucket, nil
}

func (s *summarizer) add(op *operation) error {
	kind, ns := kindOf(&op.Entry), namespaceOf(&op.Entry)
	n := s.namespace(ns)
	if n.Operations == 0 {
		n.First = op.TS
	}
	n.Last = op.TS
	n.Operations++
	n.Bytes += op.bytes()
	n.Kinds[kind]++

	start := int64(op.TS.T) - int64(op.TS.T-s.From.T)%int64(s.BucketSeconds)
	b := s.buckets[start]
	if b == nil {
		b = &tidemark.HistoryBucket{Start: start, Kinds: map[string]int64{}, Namespaces: map[string]int64{}}
		s.buckets[start] = b
	}
	b.Kinds[kind]++
	b.Namespaces[n.Namespace]++
	return s.notables.add(op, kind, ns)
}

// namespace is the count of a namespace, or of those that there is no room for.
func (s *summarizer) namespace(ns string) *tidemark.HistoryNamespace {
	n := s.namespaces[ns]
	if n == nil && len(s.namespaces) >= namespacesKept {
		ns = ""
		n = s.namespaces[ns]
	}
	if n == nil {
		n = &tidemark.HistoryNamespace{Namespace: ns, Kinds: map[string]int64{}}
		s.namespaces[ns] = n
	}
	return n
}

// result sorts, and adds up what is not shown by itself.
func (s *summarizer) result() *tidemark.HistorySummary {
	all := make([]*tidemark.HistoryNamespace, 0, len(s.namespaces))
	for _, n := range s.namespaces {
		all = append(all, n)
	}
	slices.SortFunc(all, func(a, b *tidemark.HistoryNamespace) int {
		if (a.Namespace == "") != (b.Namespace == "") {
			return map[bool]int{true: 1, false: -1}[a.Namespace == ""]
		}
		return cmp.Or(cmp.Compare(b.Operations, a.Operations), cmp.Compare(a.Namespace, b.Namespace))
	})
	if len(all) > namespacesShown {
		rest := &tidemark.HistoryNamespace{Kinds: map[string]int64{}}
		for _, n := range all[namespacesShown:] {
			merge(rest, n)
		}
		all = append(all[:namespacesShown], rest)
	}
	shown := map[string]bool{}
	for _, n := range all {
		shown[n.Namespace] = true
		s.Namespaces = append(s.Namespaces, *n)
	}
	for _, b := range s.buckets {
		for ns, count := range b.Namespaces {
			if !shown[ns] {
				delete(b.Namespaces, ns)
				b.Namespaces[""] += count
			}
		}
		s.Buckets = append(s.Buckets, *b)
	}
	slices.SortFunc(s.Buckets, func(a, b tidemark.HistoryBucket) int { return cmp.Compare(a.Start, b.Start) })
	s.Notable = s.notables.result()
	return &s.HistorySummary
}

// merge adds what happened to one namespace to what happened to others.
func merge(into, n *tidemark.HistoryNamespace) {
	into.Operations += n.Operations
	into.Bytes += n.Bytes
	for kind, count := range n.Kinds {
		into.Kinds[kind] += count
	}
	if into.First.IsZero() || n.First.Compare(into.First) < 0 {
		into.First = n.First
	}
	if n.Last.Compare(into.Last) > 0 {
		into.Last = n.Last
	}
}
