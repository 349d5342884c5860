package run_test

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"tidemark/run"
)

// genRefs makes runs over keys of one letter, in any order, with sequences that
// repeat only where runs do not overlap.
func genRefs() *rapid.Generator[[]run.RunRef] {
	return rapid.Custom(func(t *rapid.T) []run.RunRef {
		var out []run.RunRef
		for i := range rapid.IntRange(0, 12).Draw(t, "runs") {
			first := rapid.ByteRange('a', 'z').Draw(t, "first")
			last := rapid.ByteRange(first, min('z', first+6)).Draw(t, "last")
			ref := run.RunRef{Object: fmt.Sprint(i), Sequence: rapid.IntRange(0, 9).Draw(t, "sequence"), First: []byte{first}, Last: []byte{last}}
			clash := slices.ContainsFunc(out, func(o run.RunRef) bool { return o.Sequence == ref.Sequence && overlap(o, ref) })
			if !clash {
				out = append(out, ref)
			}
		}
		return rapid.Permutation(out).Draw(t, "order")
	})
}

func overlap(a, b run.RunRef) bool {
	return bytes.Compare(a.First, b.Last) <= 0 && bytes.Compare(b.First, a.Last) <= 0
}

// longestChain is how many runs overlap one after the other, each newer than
// the one before: no grouping has fewer levels.
func longestChain(refs []run.RunRef) int {
	refs = slices.Clone(refs)
	slices.SortFunc(refs, func(a, b run.RunRef) int { return a.Sequence - b.Sequence })
	depth, longest := make([]int, len(refs)), 0
	for i, ref := range refs {
		for j := range i {
			if overlap(refs[j], ref) {
				depth[i] = max(depth[i], depth[j])
			}
		}
		depth[i]++
		longest = max(longest, depth[i])
	}
	return longest
}

func TestLevels(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		refs := genRefs().Draw(t, "refs")
		levels := run.Levels(refs)
		if want := longestChain(refs); len(levels) != want {
			t.Fatalf("%d levels, not %d", len(levels), want)
		}
		total := 0
		for i, level := range levels {
			total += len(level)
			for j, ref := range level {
				if j > 0 && bytes.Compare(level[j-1].Last, ref.First) >= 0 {
					t.Fatalf("level %d is not in order", i)
				}
				for _, older := range slices.Concat(levels[i+1:]...) {
					if overlap(ref, older) && older.Sequence > ref.Sequence {
						t.Fatalf("a run of sequence %d is above one of %d", ref.Sequence, older.Sequence)
					}
				}
			}
		}
		if total != len(refs) {
			t.Fatalf("%d runs of %d", total, len(refs))
		}
		if run.Disjoint(refs) != (len(levels) <= 1) {
			t.Fatal("Disjoint and Levels differ")
		}
		again := fmt.Sprint(run.Levels(rapid.Permutation(refs).Draw(t, "again")))
		if again != fmt.Sprint(levels) {
			t.Fatal("the levels depend on the order of the runs")
		}
	})
}
