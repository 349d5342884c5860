package history

import (
	"slices"

	"tidemark"
)

const (
	// burstDeletes deletions in a row are told, if no pause between two of them
	// is longer than burstPause seconds.
	burstDeletes = 100
	burstPause   = 10
	// notablesKept is how many notable things a summary tells: the first ones.
	notablesKept = 200
	// burstsKept is in how many namespaces deletions are watched at a time.
	burstsKept = 64
)

// takesAway are the commands by which data goes, or goes elsewhere.
var takesAway = map[string]bool{
	"drop": true, "dropDatabase": true, "renameCollection": true, "emptycapped": true, "convertToCapped": true,
}

// notables collects what someone who looks for an accident wants to see.
type notables struct {
	found  []tidemark.HistoryNotable
	bursts map[string]*tidemark.HistoryNotable // deletions under way, by namespace
}

func (n *notables) add(op *operation, kind, ns string) error {
	if takesAway[kind] {
		e, err := entryOf(op)
		if err != nil {
			return err
		}
		n.keep(tidemark.HistoryNotable{HistoryEntry: e, Count: 1, Last: op.TS})
		return nil
	}
	if kind != KindDelete {
		return nil
	}
	b := n.bursts[ns]
	if b != nil && op.TS.T-b.Last.T <= burstPause {
		b.Count++
		b.Last = op.TS
		return nil
	}
	if n.bursts == nil {
		n.bursts = map[string]*tidemark.HistoryNotable{}
	}
	n.end(ns)
	if len(n.bursts) >= burstsKept {
		n.endOldest()
	}
	e, err := entryOf(op)
	if err != nil {
		return err
	}
	n.bursts[ns] = &tidemark.HistoryNotable{HistoryEntry: e, Count: 1, Last: op.TS}
	return nil
}

func (n *notables) keep(found tidemark.HistoryNotable) {
	if len(n.found) < notablesKept {
		n.found = append(n.found, found)
	}
}

// end tells of the deletions in a namespace, if they were many.
func (n *notables) end(ns string) {
	b := n.bursts[ns]
	if b == nil {
		return
	}
	delete(n.bursts, ns)
	if b.Count >= burstDeletes {
		n.keep(*b)
	}
}

// endOldest makes room.
func (n *notables) endOldest() {
	oldest := ""
	for ns, b := range n.bursts {
		if o := n.bursts[oldest]; o == nil || b.Last.Compare(o.Last) < 0 {
			oldest = ns
		}
	}
	n.end(oldest)
}

// result is all, in order of their beginnings.
func (n *notables) result() []tidemark.HistoryNotable {
	for ns := range n.bursts {
		n.end(ns)
	}
	slices.SortStableFunc(n.found, func(a, b tidemark.HistoryNotable) int { return a.At.Compare(b.At) })
	return n.found
}
