package atlas

import (
	"time"

	"tidemark"
)

// ownSnapshot adds to Atlas's snapshot what it holds and how far it is.
type ownSnapshot struct {
	snapshot
	Bytes       int64     `json:"bytes"` // of BSON
	ClusterTime string    `json:"clusterTime,omitempty"`
	Collections int       `json:"collections"`
	ContentHash string    `json:"contentHash,omitempty"`
	Description string    `json:"description,omitempty"`
	Documents   int64     `json:"documents"`
	FailReason  string    `json:"failReason,omitempty"`
	FinishedAt  *date     `json:"finishedAt,omitempty"`
	Progress    *progress `json:"progress,omitempty"`
}

// progress is how far a snapshot or restore job is. Totals that are not known
// are left out.
type progress struct {
	Phase          string               `json:"phase"`
	Percent        float64              `json:"percent"`
	Bytes          int64                `json:"bytes"`
	TotalBytes     *int64               `json:"totalBytes,omitempty"`
	Documents      int64                `json:"documents"`
	TotalDocuments *int64               `json:"totalDocuments,omitempty"`
	Rate           float64              `json:"rate"` // bytes a second
	ETASeconds     *float64             `json:"etaSeconds,omitempty"`
	StartedAt      *date                `json:"startedAt,omitempty"`
	UpdatedAt      *date                `json:"updatedAt,omitempty"`
	Collections    []collectionProgress `json:"collections,omitempty"`
	Indexes        []indexProgress      `json:"indexes,omitempty"` // of a restore
}

type indexProgress struct {
	Namespace string  `json:"namespace"`
	Name      string  `json:"name"`
	Phase     string  `json:"phase"`
	Percent   float64 `json:"percent"`
}

type collectionProgress struct {
	Namespace      string `json:"namespace"`
	Phase          string `json:"phase"`
	Bytes          int64  `json:"bytes"`
	TotalBytes     *int64 `json:"totalBytes,omitempty"`
	Documents      int64  `json:"documents"`
	TotalDocuments *int64 `json:"totalDocuments,omitempty"`
}

// progressOf is nil for work that has not started.
func progressOf(p tidemark.Progress) *progress {
	if p.Phase == "" {
		return nil
	}
	out := &progress{
		Phase: p.Phase, Percent: p.Percent, Rate: p.Rate(),
		Bytes: p.Bytes, TotalBytes: known(p.TotalBytes),
		Documents: p.Documents, TotalDocuments: known(p.TotalDocuments),
		StartedAt: dateOf(p.StartedAt), UpdatedAt: dateOf(p.UpdatedAt),
	}
	if eta, ok := p.ETA(); ok {
		seconds := eta.Round(100 * time.Millisecond).Seconds()
		out.ETASeconds = &seconds
	}
	for _, c := range p.Collections {
		out.Collections = append(out.Collections, collectionProgress{
			Namespace: c.Namespace, Phase: c.Phase,
			Bytes: c.Bytes, TotalBytes: known(c.TotalBytes),
			Documents: c.Documents, TotalDocuments: known(c.TotalDocuments),
		})
	}
	for _, i := range p.Indexes {
		out.Indexes = append(out.Indexes, indexProgress(i))
	}
	return out
}

// known is nil for the -1 of a total that is not known.
func known(total int64) *int64 {
	if total < 0 {
		return nil
	}
	return &total
}

func (q *request) ownSnapshot(s *tidemark.Snapshot) any {
	out := ownSnapshot{
		snapshot:    q.snapshot(s),
		Bytes:       s.Content.Bytes,
		Collections: s.Collections,
		Description: s.Description,
		Documents:   s.Content.Documents,
		FailReason:  s.FailReason,
		FinishedAt:  dateOf(s.FinishedAt),
		Progress:    progressOf(s.Progress),
	}
	if !s.ClusterTime.IsZero() {
		out.ClusterTime = s.ClusterTime.String()
	}
	if s.Status == tidemark.SnapshotCompleted {
		out.ContentHash = s.Content.Hash()
	}
	return out
}

// takeSnapshot takes one on demand. Its body may be left out.
func (a *api) takeSnapshot(q *request) (any, error) {
	o, err := q.optionalBody()
	if err != nil {
		return nil, err
	}
	r, err := newSnapshot(o)
	if err != nil {
		return nil, err
	}
	s, err := a.service.TakeSnapshot(q.ctx, q.caller, q.projectID(), q.instance(), r)
	return one(s, err, q.shownSnapshot)
}

// newSnapshot reads the body of a request to take one.
func newSnapshot(o *object) (tidemark.NewSnapshot, error) {
	r := tidemark.NewSnapshot{Description: description(o)}
	days := o.integer("retentionInDays", optional, 1)
	if days > maxRetentionDays {
		o.invalid("retentionInDays", "it is at most %d", maxRetentionDays)
	}
	r.Retention = time.Duration(days) * day
	return r, o.done()
}

// description may be empty, as the command line sends it.
func description(o *object) string {
	s, _ := o.rawText("description", optional)
	if len(s) > 1024 {
		o.invalid("description", "it has at most 1024 bytes")
	}
	return s
}

func (a *api) deleteSnapshot(q *request) (any, error) {
	err := a.service.DeleteSnapshot(q.ctx, q.caller, q.projectID(), q.instance(), q.id("snapshotId"))
	return nil, recode(err, tidemark.CodeSnapshotIncomplete, codeDeleteInProgress)
}
