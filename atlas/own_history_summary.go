package atlas

import (
	"math"
	"time"

	"tidemark"
)

type ownBucket struct {
	Start      date             `json:"start"`
	Kinds      map[string]int64 `json:"kinds"`
	Namespaces map[string]int64 `json:"namespaces"`
}

type ownNamespace struct {
	Namespace  string           `json:"ns"` // "" is all others together
	Operations int64            `json:"operations"`
	Bytes      int64            `json:"bytes"`
	Kinds      map[string]int64 `json:"kinds"`
	First      string           `json:"first"`
	Last       string           `json:"last"`
}

type ownNotable struct {
	ownHistoryEntry
	Count int64  `json:"count"`
	Last  string `json:"last"`
}

type ownHistorySummary struct {
	From          string         `json:"from"`
	To            string         `json:"to"`
	BucketSeconds int            `json:"bucketSeconds"`
	Buckets       []ownBucket    `json:"buckets"`
	Namespaces    []ownNamespace `json:"namespaces"`
	Notable       []ownNotable   `json:"notable"`
	Gaps          []ownGap       `json:"gaps"`
	Position      string         `json:"position,omitempty"`
	Until         string         `json:"until,omitempty"` // where it ends before to
}

// summarizeHistory counts what happened; within the last hour where the request
// does not say.
func (a *api) summarizeHistory(q *request) (any, error) {
	query, p, err := q.historyQuery()
	if err != nil {
		return nil, err
	}
	bucket := 0
	if _, given := p.value("bucketSeconds"); given {
		bucket = p.number("bucketSeconds", 0, math.MaxInt32)
	}
	if p.err != nil {
		return nil, p.err
	}
	if query.To.IsZero() {
		query.To = tidemark.Timestamp{T: uint32(a.config.Clock().Unix()), I: math.MaxUint32}
	}
	if query.From.IsZero() {
		query.From.T = query.To.T - min(historyRecent, query.To.T-1)
	}
	s, err := a.service.HistorySummary(q.ctx, q.caller, q.projectID(), q.instance(), query, bucket)
	return one(s, err, shownSummary)
}

func shownSummary(s *tidemark.HistorySummary) any {
	out := &ownHistorySummary{
		From: s.From.String(), To: s.To.String(), BucketSeconds: s.BucketSeconds, Gaps: gapsOf(s.Gaps),
		Buckets: []ownBucket{}, Namespaces: []ownNamespace{}, Notable: []ownNotable{},
		Position: entryOf(s.Position), Until: entryOf(s.Until),
	}
	for _, b := range s.Buckets {
		out.Buckets = append(out.Buckets, ownBucket{Start: date{time.Unix(b.Start, 0)}, Kinds: b.Kinds, Namespaces: b.Namespaces})
	}
	for _, n := range s.Namespaces {
		out.Namespaces = append(out.Namespaces, ownNamespace{
			Namespace: n.Namespace, Operations: n.Operations, Bytes: n.Bytes, Kinds: n.Kinds, First: n.First.String(), Last: n.Last.String(),
		})
	}
	for _, n := range s.Notable {
		out.Notable = append(out.Notable, ownNotable{ownHistoryEntry: historyEntry(&n.HistoryEntry), Count: n.Count, Last: n.Last.String()})
	}
	return out
}
