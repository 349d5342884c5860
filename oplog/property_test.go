package oplog_test

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"tidemark"
	"tidemark/oplog"
	"tidemark/run"
)

// fold folds entries over a catalogue and returns the result with its state
// stored and read back.
func fold(t *testing.T, entries [][]byte, opts oplog.Options) oplog.Result {
	t.Helper()
	result, err := oplog.Fold(t.Context(), sequence(entries), opts)
	check(t, err)
	var stored bytes.Buffer
	check(t, result.State.Write(&stored))
	check(t, result.State.Close())
	result.State, err = oplog.ReadState(&stored, opts.Scratch, 1000)
	check(t, err)
	return result
}

func TestTwoHalvesAreOne(t *testing.T) {
	t.Parallel()
	for _, name := range recordings(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := load(t, name)
			s := newStore()
			base := writeBase(t, s, r.base)
			want := loadState(t, r.checkpoints[len(r.checkpoints)-1].dir)
			for _, at := range splits(r) {
				first := fold(t, r.entries[:at], options(t, r, s))
				opts := options(t, r, s)
				opts.Catalogue, opts.State, opts.After, opts.Sequence = first.Catalogue, first.State, first.Last, deltaSequence+1
				second := fold(t, r.entries[at:], opts)
				check(t, second.State.Close())
				got := read(t, s, second.Catalogue, slices.Concat(refs(second.Runs), refs(first.Runs), base))
				compareStates(t, fmt.Sprintf("split after %d entries", at), got, want)
				if t.Failed() {
					return
				}
			}
		})
	}
}

// large says whether a recording is too large to be folded often in a test.
func (r *recording) large() bool {
	size := 0
	for _, entry := range r.entries {
		size += len(entry)
	}
	return size > 8<<20
}

// splits are all ways to cut few entries, and some to cut many or large ones.
func splits(r *recording) []int {
	var all []int
	n := len(r.entries)
	for at := range n + 1 {
		all = append(all, at)
	}
	count := 4
	switch {
	case r.large():
		return []int{n - 2, n - 5}
	case n <= 60:
		return all
	case n < 400:
		count = 12
	}
	rnd := rand.New(rand.NewPCG(3, uint64(n)))
	rnd.Shuffle(n, func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all[:count]
}

// TestMoreIsTheSame folds a recording over states that have a part of it, or
// all, already: what a scan may find while the entries are written.
func TestMoreIsTheSame(t *testing.T) {
	t.Parallel()
	for _, name := range recordings(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := load(t, name)
			states := []state{r.base}
			for _, c := range r.checkpoints {
				states = append(states, loadState(t, c.dir))
			}
			want := states[len(states)-1]
			rnd := rand.New(rand.NewPCG(1, 2))
			rounds := 3
			if r.large() {
				states, rounds = states[len(states)-2:], 1
			} else if len(r.entries) > 1000 {
				rounds = 2
			}
			for i, base := range states {
				for round := range rounds {
					where := fmt.Sprintf("over state %d", i)
					if round > 0 {
						base, where = tear(t, rnd, states, i), where+", torn"
					}
					s := newStore()
					runs := writeBase(t, s, base)
					opts := options(t, r, s)
					opts.Catalogue, opts.TornUntil = base.catalogue, r.end
					result := fold(t, r.entries, opts)
					check(t, result.State.Close())
					compareStates(t, where, read(t, s, result.Catalogue, append(refs(result.Runs), runs...)), want)
				}
			}
		})
	}
}

// tear makes the state that a scan finds which reads every document at an
// instant of its own, and the catalogue as it is in state i.
func tear(t *testing.T, rnd *rand.Rand, states []state, i int) state {
	t.Helper()
	out := state{catalogue: states[i].catalogue, documents: map[tidemark.UUID][][]byte{}}
	for _, c := range out.catalogue.Collections {
		if c.Capped() {
			out.documents[c.UUID] = states[i].documents[c.UUID]
			continue
		}
		byKey := map[string][][]byte{} // what each state has of a document
		for n, s := range states {
			for _, doc := range s.documents[c.UUID] {
				key := keyOf(t, doc)
				if byKey[key] == nil {
					byKey[key] = make([][]byte, len(states))
				}
				byKey[key][n] = doc
			}
		}
		for _, key := range slices.Sorted(maps.Keys(byKey)) {
			if doc := byKey[key][rnd.IntN(len(states))]; doc != nil {
				out.documents[c.UUID] = append(out.documents[c.UUID], doc)
			}
		}
	}
	return out
}

func keyOf(t testing.TB, doc []byte) string {
	t.Helper()
	id, err := run.ID(doc)
	check(t, err)
	key, err := run.AppendKey(nil, tidemark.UUID{}, id)
	check(t, err)
	return string(key)
}

func TestLittleMemoryIsEnough(t *testing.T) {
	t.Parallel()
	for _, name := range recordings(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := load(t, name)
			s := newStore()
			base := writeBase(t, s, r.base)
			opts := options(t, r, s)
			opts.BufferBytes, opts.TransactionBytes, opts.RunBytes = 20<<10, 100, 10<<10
			result := fold(t, r.entries, opts)
			check(t, result.State.Close())
			compareStates(t, "with little memory", read(t, s, result.Catalogue, append(refs(result.Runs), base...)),
				loadState(t, r.checkpoints[len(r.checkpoints)-1].dir))
			if !run.Disjoint(refs(result.Runs)) {
				t.Error("the delta's runs overlap")
			}
		})
	}
}

func TestViews(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"v4.4/ddl", "v5.0/ddl", "v5.0/mixed", "v5.0/timeseries"} {
		r := load(t, name)
		s := newStore()
		for _, c := range r.checkpoints {
			opts := options(t, r, s)
			opts.To = c.at
			result := fold(t, r.entries, opts)
			check(t, result.State.Close())
			want := loadState(t, c.dir).views
			for _, coll := range result.Catalogue.Collections {
				doc, ok := want[coll.Namespace()]
				if coll.Type == tidemark.TypeCollection {
					continue
				}
				delete(want, coll.Namespace())
				if !ok || coll.Type == tidemark.TypeView && !strings.HasSuffix(string(doc), string(coll.Options[4:])) {
					t.Errorf("%s %s: the view %s is not as recorded", name, c.name, coll.Namespace())
				}
			}
			if len(want) > 0 {
				t.Errorf("%s %s: %d views are missing", name, c.name, len(want))
			}
		}
	}
}
