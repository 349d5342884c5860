package atlastest

import (
	"context"
	"encoding/json"

	"tidemark"
)

// What the history of every instance has.
var (
	HistoryAt     = tidemark.Timestamp{T: 1772366400, I: 2} // of its only entry, a drop
	HistoryBefore = tidemark.Timestamp{T: 1772366399, I: 7}
	HistoryGap    = tidemark.HistoryGap{After: tidemark.Timestamp{T: 5, I: 1}, Until: tidemark.Timestamp{T: 6, I: 1}}
)

// Asked is the last query for history, for a test to look at.
func (s *Service) Asked() (tidemark.HistoryQuery, tidemark.DocumentQuery, int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked, s.askedDocument, s.askedBucket
}

func dropped() tidemark.HistoryEntry {
	return tidemark.HistoryEntry{At: HistoryAt, Before: HistoryBefore, Wall: HistoryAt.Time(), Kind: "drop", Namespace: "shop.orders", Summary: "about 3 documents", Bytes: 99}
}

// History implements tidemark.HistoryService.
func (s *Service) History(_ context.Context, c tidemark.Caller, projectID tidemark.ID, instance string, q tidemark.HistoryQuery) (*tidemark.HistoryPage, error) {
	_, unlock, err := s.instance(c, projectID, instance, "", false)
	if err != nil {
		return nil, err
	}
	defer unlock()
	s.asked = q
	removed := dropped()
	removed.Kind, removed.ID = "delete", json.RawMessage(`{"$oid":"650000000000000000000000"}`)
	return &tidemark.HistoryPage{
		Entries: []tidemark.HistoryEntry{removed, dropped()}, Gaps: []tidemark.HistoryGap{HistoryGap}, Position: HistoryAt, Next: HistoryAt.String() + ":1",
	}, nil
}

// HistorySummary implements tidemark.HistoryService.
func (s *Service) HistorySummary(_ context.Context, c tidemark.Caller, projectID tidemark.ID, instance string, q tidemark.HistoryQuery, bucket int) (*tidemark.HistorySummary, error) {
	_, unlock, err := s.instance(c, projectID, instance, "", false)
	if err != nil {
		return nil, err
	}
	defer unlock()
	s.asked, s.askedBucket = q, bucket
	counts := map[string]int64{"drop": 1}
	return &tidemark.HistorySummary{
		From: q.From, To: q.To, BucketSeconds: max(1, bucket), Position: HistoryAt,
		Buckets:    []tidemark.HistoryBucket{{Start: int64(HistoryAt.T), Kinds: counts, Namespaces: map[string]int64{"shop.orders": 1}}},
		Namespaces: []tidemark.HistoryNamespace{{Namespace: "shop.orders", Operations: 1, Bytes: 99, Kinds: counts, First: HistoryAt, Last: HistoryAt}},
		Notable:    []tidemark.HistoryNotable{{HistoryEntry: dropped(), Count: 1, Last: HistoryAt}},
	}, nil
}

// Document implements tidemark.HistoryService. There is the document 1.
func (s *Service) Document(_ context.Context, c tidemark.Caller, projectID tidemark.ID, instance string, q tidemark.DocumentQuery) (*tidemark.DocumentState, error) {
	_, unlock, err := s.instance(c, projectID, instance, "", true)
	if err != nil {
		return nil, err
	}
	defer unlock()
	s.askedDocument = q
	if q.ID != "1" {
		return nil, tidemark.Errorf(tidemark.CodeResourceNotFound, "no such document").WithParams(q.Namespace + " " + q.ID)
	}
	return &tidemark.DocumentState{Namespace: q.Namespace, ID: json.RawMessage("1"), At: q.At, SnapshotID: s.OrgID, Document: json.RawMessage(`{"_id":1}`)}, nil
}

// DocumentVersions implements tidemark.HistoryService.
func (s *Service) DocumentVersions(_ context.Context, c tidemark.Caller, projectID tidemark.ID, instance string, q tidemark.HistoryQuery) (*tidemark.DocumentVersions, error) {
	_, unlock, err := s.instance(c, projectID, instance, "", true)
	if err != nil {
		return nil, err
	}
	defer unlock()
	s.asked = q
	return &tidemark.DocumentVersions{
		Namespace: q.Namespace, ID: json.RawMessage("1"), SnapshotID: s.OrgID, Next: HistoryAt,
		Versions: []tidemark.DocumentVersion{
			{At: HistoryBefore, Wall: HistoryBefore.Time(), Kind: "base", Document: json.RawMessage(`{"_id":1}`)},
			{At: HistoryAt, Wall: HistoryAt.Time(), Kind: "drop"},
		},
	}, nil
}
