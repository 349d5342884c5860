package capture

import (
	"sync"
	"time"

	"tidemark"
)

const (
	phaseScan  = "scanning"
	phaseMerge = "merging"
	// tellEvery is the least time between two reports.
	tellEvery = 200 * time.Millisecond
	// tellBytes is how much is counted before the clock is looked at.
	tellBytes = 256 << 10
)

// tally counts what was read. Documents of one scan are told one by one; the
// lock is held for a few additions.
type tally struct {
	mu          sync.Mutex
	begun, told time.Time
	since       int // bytes since the clock was looked at
	whole       tidemark.Progress
	collections map[string]*tidemark.CollectionProgress
	order       []string
}

// expect says how many documents a collection has, about.
func (t *tally) expect(c tidemark.Collection, documents int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.collections == nil {
		t.begun = time.Now()
		t.collections = map[string]*tidemark.CollectionProgress{}
		t.whole.TotalBytes = -1
	}
	if !c.HasDocuments() {
		return
	}
	t.whole.TotalDocuments += documents
	t.order = append(t.order, c.Namespace())
	t.collections[c.Namespace()] = &tidemark.CollectionProgress{
		Namespace: c.Namespace(), TotalDocuments: documents, TotalBytes: -1,
	}
}

// enter says that a scan of a collection begins.
func (t *tally) enter(c tidemark.Collection) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.whole.Phase = phaseScan
	t.collections[c.Namespace()].Phase = phaseScan
}

// tell counts a document, and now and then reports.
func (t *taker) tell(c tidemark.Collection, bytes int) {
	if p, due := t.tally.read(c, bytes); due {
		t.Progress(p)
	}
}

func (t *tally) read(c tidemark.Collection, bytes int) (tidemark.Progress, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.whole.Documents++
	t.whole.Bytes += int64(bytes)
	p := t.collections[c.Namespace()]
	p.Documents++
	p.Bytes += int64(bytes)
	if t.since += bytes; t.since < tellBytes {
		return tidemark.Progress{}, false
	}
	t.since = 0
	now := time.Now()
	if now.Sub(t.told) < tellEvery {
		return tidemark.Progress{}, false
	}
	t.told = now
	return t.progress(now), true
}

// merging says that what was read of a collection is put in order.
func (t *tally) merging(c tidemark.Collection) tidemark.Progress {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.whole.Phase = phaseMerge
	t.collections[c.Namespace()].Phase = phaseMerge
	return t.progress(time.Now())
}

// progress is the state now. The totals are the server's estimates, so that
// the last percent is kept for the end.
func (t *tally) progress(now time.Time) tidemark.Progress {
	out := t.whole
	out.StartedAt, out.UpdatedAt = t.begun.UTC(), now.UTC()
	if out.TotalDocuments > 0 {
		out.Percent = min(99*float64(out.Documents)/float64(out.TotalDocuments), 99)
	}
	for _, ns := range t.order {
		out.Collections = append(out.Collections, *t.collections[ns])
	}
	return out
}

// counted is the state once all is read: the totals are known now.
func (t *tally) counted(now time.Time) tidemark.Progress {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.begun.IsZero() {
		t.begun = now
	}
	t.whole.TotalDocuments, t.whole.TotalBytes = t.whole.Documents, t.whole.Bytes
	for _, c := range t.collections {
		c.TotalDocuments, c.TotalBytes = c.Documents, c.Bytes
	}
	return t.progress(now)
}
