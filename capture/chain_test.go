package capture_test

import (
	"path/filepath"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"pgregory.net/rapid"

	"tidemark"
	"tidemark/capture"
	"tidemark/restore/restoretest"
	"tidemark/vault"
)

// step advances a manifest to an entry, and reads the next back from the vault.
func step(t testing.TB, v *vault.Vault, from *vault.Manifest, entries []bson.Raw, to tidemark.Timestamp, share float64) *vault.Manifest {
	t.Helper()
	_, object, _, err := capture.Advance(t.Context(), capture.AdvanceRequest{
		Base: from, Vault: v, Entries: after(entries, from.ClusterTime), To: to, CompactShare: share,
		SnapshotID: tidemark.NewID(), InstanceID: tidemark.NewID(),
	})
	if err != nil {
		t.Fatalf("to %v: %v", to, err)
	}
	m, err := v.ReadManifest(t.Context(), object)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestChainsComeToWhatWasRecorded goes through recordings in many small steps,
// with and without compactions, and compares at every checkpoint.
func TestChainsComeToWhatWasRecorded(t *testing.T) {
	t.Parallel()
	estimated := 0
	for _, dir := range allRecordings(t) {
		if strings.HasSuffix(dir, "fuzzy") {
			continue // is torn, and so read in one stretch
		}
		r := replay(t, dir)
		for _, share := range []float64{0.05, 1e6} {
			now := r.snapshot
			small := max(len(r.entries)/20, 1)
			for i, e := range r.entries {
				checkpoint := ""
				for _, c := range r.meta.Checkpoints {
					if tidemark.Timestamp(c.TS) == at(e) {
						checkpoint = c.Dir
					}
				}
				if i%small != 0 && checkpoint == "" {
					continue
				}
				now = step(t, r.vault, now, r.entries, at(e), share)
				if checkpoint != "" {
					sameAs(t, dir+" "+checkpoint, r.vault, now, loadState(t, filepath.Join(dir, checkpoint)))
				}
				for _, c := range now.Collections {
					if c.Content.Estimated {
						estimated++
					}
				}
			}
		}
	}
	if estimated == 0 {
		t.Error("nothing was ever left to be merged")
	}
}

// TestAnyChainIsTheModel makes snapshots of random writes, one of the other, and
// compares each with a model.
func TestAnyChainIsTheModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		v, _ := restoretest.Vault(t)
		base, c := large(t, rapid.IntRange(0, 20).Draw(rt, "documents"))
		w := newWorld(base, c)
		now, _, err := capture.Take(t.Context(), request(v, base))
		if err != nil {
			rt.Fatal(err)
		}
		share := rapid.SampledFrom([]float64{0.01, 0.25, 1e6}).Draw(rt, "share")
		for range rapid.IntRange(1, 20).Draw(rt, "steps") {
			var entries []bson.Raw
			for range rapid.IntRange(1, 6).Draw(rt, "writes") {
				entries = append(entries, w.write(t, rt))
			}
			now = step(t, v, now, entries, w.at, share)
			is := contentOf(t, v, now, c)
			says := now.Collections[0].Content
			if is != w.content() || !fits(says, is) {
				rt.Fatalf("runs %+v, manifest %+v, model %+v", is, says, w.content())
			}
			if levels := levelsOf(now); levels > 12 {
				rt.Fatalf("%d runs overlap", levels)
			}
		}
	})
}
