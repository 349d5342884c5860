package restore

import (
	"slices"
	"sync"
	"time"

	"tidemark"
)

// Shares of the whole that the steps have, in percent. Loading and reading
// back are counted by bytes, the others by collections.
const (
	shareLoad    = 70
	shareIndex   = 5
	shareVerify  = 22
	shareCutOver = 3
)

// tally counts what is done, for progress. All its methods may be called from
// many goroutines.
type tally struct {
	mu             sync.Mutex
	phase          string
	begun          time.Time
	documents      int64
	bytes          int64
	readBack       int64
	totalReadBack  int64
	indexedCount   int
	cutOverCount   int
	totalDocuments int64
	totalBytes     int64
	collections    int
	staged         int
	byNamespace    map[string]*tidemark.CollectionProgress
	order          []string
	indexes        []tidemark.IndexProgress
}

// What progress says of one collection, and of one index.
const (
	phaseWaiting  = "waiting"
	phaseLoaded   = "loaded"
	phaseVerified = "verified"
	phaseDone     = "done"
	phaseBuilding = "building"
	phaseBuilt    = "built"
)

func (t *tally) start(p *Plan, verify bool) {
	t.begun = time.Now()
	t.totalDocuments, t.totalBytes = p.Documents, p.Bytes
	if verify {
		t.totalReadBack = p.Bytes
	}
	t.collections, t.staged = len(p.Staged)+len(p.InPlace), len(p.Staged)
	t.byNamespace = map[string]*tidemark.CollectionProgress{}
	for _, all := range [][]Collection{p.Staged, p.InPlace} {
		for _, c := range all {
			t.order = append(t.order, c.Namespace())
			t.byNamespace[c.Namespace()] = &tidemark.CollectionProgress{
				Namespace: c.Namespace(), Phase: phaseWaiting, TotalDocuments: c.Expected.Documents, TotalBytes: c.Expected.Bytes,
			}
			_, of := c.indexes()
			for _, name := range indexNames(of.Indexes) {
				t.indexes = append(t.indexes, tidemark.IndexProgress{Namespace: c.Namespace(), Name: name, Phase: phaseWaiting})
			}
		}
	}
}

func (t *tally) enter(phase string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.phase = phase
}

// loaded counts in what earlier attempts loaded.
func (t *tally) loaded(c *Collection, streamed tidemark.Content) {
	t.inserted(c, int(streamed.Documents), int(streamed.Bytes))
}

// known puts what a collection was found to have in the place of an estimate.
func (t *tally) known(c *Collection, streamed tidemark.Content) {
	t.mu.Lock()
	defer t.mu.Unlock()
	p := t.byNamespace[c.Namespace()]
	more := streamed.Bytes - p.TotalBytes
	p.TotalBytes += more
	t.totalBytes += more
	if t.totalReadBack > 0 {
		t.totalReadBack += more
	}
}

func (t *tally) inserted(c *Collection, documents, bytes int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.documents += int64(documents)
	t.bytes += int64(bytes)
	p := t.byNamespace[c.Namespace()]
	p.Documents += int64(documents)
	p.Bytes += int64(bytes)
	p.Phase = stepLoad
	if p.Bytes >= p.TotalBytes {
		p.Phase = phaseLoaded
	}
}

// now says what is done with a collection.
func (t *tally) now(c *Collection, phase string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.byNamespace[c.Namespace()].Phase = phase
}

func (t *tally) indexed() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.indexedCount++
}

// building notes where the build of indexes of a collection is: those of the
// names, or with none those that are being built.
func (t *tally) building(c *Collection, names []string, phase string, percent float64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range t.indexes {
		index := &t.indexes[i]
		if index.Namespace != c.Namespace() || index.Phase == phaseBuilt {
			continue
		}
		if len(names) == 0 && index.Phase == phaseBuilding || slices.Contains(names, index.Name) {
			index.Phase, index.Percent = phase, max(index.Percent, percent)
		}
	}
}

func (t *tally) verified(bytes int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.readBack += int64(bytes)
}

func (t *tally) cutOver() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.cutOverCount++
}

// progress is the state now.
func (t *tally) progress() tidemark.Progress {
	t.mu.Lock()
	defer t.mu.Unlock()
	p := tidemark.Progress{
		Phase: t.phase, Documents: t.documents, TotalDocuments: t.totalDocuments,
		Bytes: t.bytes, TotalBytes: t.totalBytes, StartedAt: t.begun.UTC(), UpdatedAt: time.Now().UTC(),
	}
	p.Percent = shareLoad*share(t.bytes, t.totalBytes) +
		shareIndex*share(int64(t.indexedCount), int64(t.collections)) +
		shareVerify*share(t.readBack, t.totalReadBack) +
		shareCutOver*share(int64(t.cutOverCount), int64(t.staged))
	for _, ns := range t.order {
		p.Collections = append(p.Collections, *t.byNamespace[ns])
	}
	p.Indexes = slices.Clone(t.indexes)
	return p
}

func share(done, total int64) float64 {
	if total <= 0 {
		return 1
	}
	return min(float64(done)/float64(total), 1)
}
