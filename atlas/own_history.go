package atlas

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"

	"tidemark"
)

// What a request that does not say it is about.
const (
	historyWindow = 300  // seconds before and after around
	historyRecent = 3600 // seconds of a summary
)

// ownHistoryEntry is an operation. Its time is what a restore takes as oplogTs
// and oplogInc.
type ownHistoryEntry struct {
	At          string          `json:"at"`
	Before      string          `json:"before,omitempty"` // of the entry before
	Wall        date            `json:"wall"`
	Kind        string          `json:"kind"`
	Namespace   string          `json:"ns"`
	ID          json.RawMessage `json:"id,omitempty"`
	Summary     string          `json:"summary,omitempty"`
	Bytes       int64           `json:"bytes"`
	Transaction bool            `json:"transaction,omitempty"`
}

// ownGap is a stretch that was not captured.
type ownGap struct {
	After string `json:"after"`
	Until string `json:"until"`
}

type ownHistory struct {
	Results  []ownHistoryEntry `json:"results"`
	Gaps     []ownGap          `json:"gaps"`
	Position string            `json:"position,omitempty"` // the last entry that is captured
	Next     string            `json:"next,omitempty"`     // the cursor to go on with
}

func historyEntry(e *tidemark.HistoryEntry) ownHistoryEntry {
	return ownHistoryEntry{
		At: e.At.String(), Before: entryOf(e.Before), Wall: date{e.Wall}, Kind: e.Kind, Namespace: e.Namespace,
		ID: e.ID, Summary: e.Summary, Bytes: e.Bytes, Transaction: e.Transaction,
	}
}

func gapsOf(gaps []tidemark.HistoryGap) []ownGap {
	out := make([]ownGap, 0, len(gaps))
	for _, g := range gaps {
		out = append(out, ownGap{After: g.After.String(), Until: g.Until.String()})
	}
	return out
}

// listHistory lists what happened.
func (a *api) listHistory(q *request) (any, error) {
	query, _, err := q.historyQuery()
	if err != nil {
		return nil, err
	}
	p, err := a.service.History(q.ctx, q.caller, q.projectID(), q.instance(), query)
	if err != nil {
		return nil, err
	}
	out := &ownHistory{Results: make([]ownHistoryEntry, 0, len(p.Entries)), Gaps: gapsOf(p.Gaps), Position: entryOf(p.Position), Next: p.Next}
	for i := range p.Entries {
		out.Results = append(out.Results, historyEntry(&p.Entries[i]))
	}
	return out, nil
}

// historyQuery reads the parameters that the operations on history share.
func (q *request) historyQuery() (tidemark.HistoryQuery, *queryReader, error) {
	p := &queryReader{values: q.query}
	var out tidemark.HistoryQuery
	out.Namespace, _ = p.value("ns")
	out.ID, _ = p.value("id")
	out.Cursor, _ = p.value("cursor")
	out.Limit = p.number("limit", tidemark.HistoryLimitDefault, tidemark.HistoryLimitMax)
	if kinds, given := p.value("kind"); given {
		out.Kinds = strings.Split(kinds, ",")
	}
	out.From, out.To = p.instant("from", false), p.instant("to", true)
	window := p.number("windowSeconds", historyWindow, math.MaxInt32)
	if around := p.instant("around", false); !around.IsZero() {
		if !out.From.IsZero() || !out.To.IsZero() {
			p.fail("around", "it takes the place of from and to")
		}
		out.From.T = uint32(max(1, int64(around.T)-int64(window)))
		out.To = tidemark.Timestamp{T: uint32(min(math.MaxUint32, int64(around.T)+int64(window))), I: math.MaxUint32}
	}
	if !out.To.IsZero() && out.To.Compare(out.From) < 0 {
		p.fail("to", "it is before from")
	}
	return out, p, p.err
}

// instant reads a time: RFC 3339, seconds since 1970, or seconds and ordinal of
// an oplog entry, "1700000000:3". It is zero where it is not given. A whole
// second ends with its last entry.
func (p *queryReader) instant(name string, end bool) tidemark.Timestamp {
	s, given := p.value(name)
	if !given {
		return tidemark.Timestamp{}
	}
	seconds, ordinal, entry := strings.Cut(s, ":")
	t, err := strconv.ParseUint(seconds, 10, 32)
	var i uint64
	switch {
	case err == nil && entry:
		i, err = strconv.ParseUint(ordinal, 10, 32)
	case err == nil:
	default:
		var at time.Time
		at, err = time.Parse(time.RFC3339, s)
		if t = uint64(at.Unix()); err == nil && (at.Unix() < 0 || t > math.MaxUint32) {
			t = 0
		}
		entry = false
	}
	if err != nil || t == 0 {
		p.fail(name, "it is a time as RFC 3339 has it, seconds since 1970, or an oplog entry such as 1700000000:3")
		return tidemark.Timestamp{}
	}
	if end && !entry {
		i = math.MaxUint32
	}
	return tidemark.Timestamp{T: uint32(t), I: uint32(i)}
}
