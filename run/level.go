package run

import (
	"bytes"
	"cmp"
	"slices"
	"sort"
)

// Levels groups runs into as few levels as can be, the newest first: within a
// level no two runs overlap and they are in order of their keys, and of two
// runs that overlap the one of the higher Sequence is in the earlier level. The
// result depends only on the set of runs, not on their order in refs.
//
// From the oldest run to the newest, each goes right above the highest level
// that has a run it overlaps; that is the longest chain of runs that it must be
// above, so no grouping has fewer levels.
func Levels(refs []RunRef) [][]RunRef {
	byAge := slices.Clone(refs)
	slices.SortFunc(byAge, func(a, b RunRef) int {
		return cmp.Or(cmp.Compare(a.Sequence, b.Sequence), bytes.Compare(a.First, b.First), cmp.Compare(a.Object, b.Object))
	})
	var levels [][]RunRef // oldest first
	for _, ref := range byAge {
		at := len(levels)
		for at > 0 {
			if _, overlap := place(levels[at-1], ref); overlap {
				break
			}
			at--
		}
		if at == len(levels) {
			levels = append(levels, nil)
		}
		i, _ := place(levels[at], ref)
		levels[at] = slices.Insert(levels[at], i, ref)
	}
	slices.Reverse(levels)
	return levels
}

// place is where ref goes in a level, and whether it overlaps a run there.
func place(level []RunRef, ref RunRef) (int, bool) {
	i := sort.Search(len(level), func(i int) bool { return bytes.Compare(level[i].Last, ref.First) >= 0 })
	return i, i < len(level) && bytes.Compare(level[i].First, ref.Last) <= 0
}

// Disjoint says whether no two of the runs overlap. Then no key is in two of
// them, and the contents of the runs add up to the content of their merge.
func Disjoint(refs []RunRef) bool { return len(Levels(refs)) <= 1 }

// within leaves out runs that have no key in b.
func within(refs []RunRef, b Bounds) []RunRef {
	var in []RunRef
	for _, ref := range refs {
		if b.overlaps(ref.First, ref.Last) {
			in = append(in, ref)
		}
	}
	return in
}
