package run_test

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
	"tidemark/run"
)

// noisy makes documents that compress a little.
func noisy(t testing.TB, n int) [][]byte {
	t.Helper()
	r := rand.New(rand.NewPCG(3, 3))
	docs := make([][]byte, n)
	for i := range docs {
		b := make([]byte, 200)
		for j := range b {
			b[j] = byte(r.Uint32() & 0x3f)
		}
		docs[i] = marshal(t, bson.D{{Key: "_id", Value: i}, {Key: "b", Value: b}})
	}
	return docs
}

// tryAll is readAll for runs that may fail.
func tryAll(t *testing.T, s *store, refs []run.RunRef) ([][]byte, error) {
	it := run.Open(t.Context(), s.source, refs, run.Bounds{})
	var docs [][]byte
	for it.Next() {
		docs = append(docs, bytes.Clone(it.Doc()))
	}
	check(t, it.Close())
	if n := s.open.Load(); n != 0 {
		t.Fatalf("%d sources are still open", n)
	}
	return docs, it.Err()
}

func TestEveryDamagedByteIsFound(t *testing.T) {
	t.Parallel()
	s := newStore()
	docs := noisy(t, 150)
	ref := writeRun(t, s, 0, docs...)
	check(t, run.Check(t.Context(), s.source, ref))
	whole := s.objects[ref.Object]

	// All of the footer and what is before it, and a sample of the rest.
	var offsets []int
	for off := 0; off < len(whole); off++ {
		if end := len(whole) - off; end < 200 || end < 2000 && off%7 == 0 || off%97 == 0 {
			offsets = append(offsets, off)
		}
	}
	harmless := 0
	for _, off := range offsets {
		bad := slices.Clone(whole)
		bad[off] ^= 1 << (off % 8)
		s.objects[ref.Object] = bad
		if err := run.Check(t.Context(), s.source, ref); tidemark.ErrorCode(err) != tidemark.CodeObjectDamaged {
			t.Fatalf("byte %d of %d: %v", off, len(whole), err)
		}
		got, err := tryAll(t, s, []run.RunRef{ref})
		switch {
		case err == nil && slices.EqualFunc(got, docs, bytes.Equal):
			harmless++ // a byte of the filter, which a merge does not read
		case tidemark.ErrorCode(err) != tidemark.CodeObjectDamaged:
			t.Fatalf("byte %d of %d: merged with %v", off, len(whole), err)
		}
	}
	if harmless > len(offsets)/3 {
		t.Errorf("%d of %d damaged bytes went unseen by the merge", harmless, len(offsets))
	}
}

func TestDamageNamesTheRun(t *testing.T) {
	t.Parallel()
	s := newStore()
	ref := writeRun(t, s, 0, noisy(t, 100)...)
	s.objects[ref.Object] = slices.Clone(s.objects[ref.Object])
	s.objects[ref.Object][100] ^= 1
	_, err := tryAll(t, s, []run.RunRef{ref})
	if !bytes.Contains([]byte(err.Error()), []byte(ref.Object)) || tidemark.ErrorHint(err) == "" {
		t.Errorf("%v, hint %q", err, tidemark.ErrorHint(err))
	}
}

func TestWrongRunsAreFound(t *testing.T) {
	t.Parallel()
	docs := noisy(t, 150)
	for name, change := range map[string]func(s *store, ref *run.RunRef){
		"truncated": func(s *store, ref *run.RunRef) { s.objects[ref.Object] = s.objects[ref.Object][:1000] },
		"empty":     func(s *store, ref *run.RunRef) { s.objects[ref.Object] = nil },
		"longer":    func(s *store, ref *run.RunRef) { s.objects[ref.Object] = append(s.objects[ref.Object], 0) },
		"truncated with its ref": func(s *store, ref *run.RunRef) {
			s.objects[ref.Object] = s.objects[ref.Object][:1000]
			ref.StoredBytes = 1000
		},
		"empty with its ref": func(s *store, ref *run.RunRef) { s.objects[ref.Object], ref.StoredBytes = nil, 0 },
		"another run": func(s *store, ref *run.RunRef) {
			other := writeRun(t, s, 0, docs[1:]...)
			ref.Object, ref.StoredBytes = other.Object, other.StoredBytes
		},
		"a run of fewer entries": func(s *store, ref *run.RunRef) {
			other := writeRun(t, s, 0, slices.Delete(slices.Clone(docs), 5, 7)...)
			ref.Object, ref.StoredBytes = other.Object, other.StoredBytes
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStore()
			ref := writeRun(t, s, 0, docs...)
			change(s, &ref)
			if _, err := tryAll(t, s, []run.RunRef{ref}); tidemark.ErrorCode(err) != tidemark.CodeObjectDamaged {
				t.Errorf("merged with %v", err)
			}
			if err := run.Check(t.Context(), s.source, ref); tidemark.ErrorCode(err) != tidemark.CodeObjectDamaged {
				t.Errorf("checked with %v", err)
			}
		})
	}
}

func TestCheckComparesWithTheRef(t *testing.T) {
	t.Parallel()
	s := newStore()
	ref := writeRun(t, s, 0, noisy(t, 50)...)
	for name, change := range map[string]func(ref *run.RunRef){
		"first":     func(ref *run.RunRef) { ref.First = ref.Last },
		"last":      func(ref *run.RunRef) { ref.Last = ref.First },
		"entries":   func(ref *run.RunRef) { ref.Entries++ },
		"raw bytes": func(ref *run.RunRef) { ref.RawBytes-- },
	} {
		wrong := ref
		change(&wrong)
		if err := run.Check(t.Context(), s.source, wrong); tidemark.ErrorCode(err) != tidemark.CodeObjectDamaged {
			t.Errorf("%s: %v", name, err)
		}
	}
	ref.Object = "none"
	if err := run.Check(t.Context(), s.source, ref); tidemark.ErrorCode(err) != tidemark.CodeObjectMissing {
		t.Errorf("missing: %v", err)
	}
}
