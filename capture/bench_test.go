package capture_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
	"tidemark/capture"
	"tidemark/restore/restoretest"
	"tidemark/vault"
)

// BenchmarkSecondSnapshot takes a snapshot of 200,000 documents of about 1 kB,
// and then another after 1 % of them changed, at random places. It reports what
// the second costs of the first, in time and in bytes in the vault.
func BenchmarkSecondSnapshot(b *testing.B) {
	const n = 200_000
	c := tidemark.Collection{DB: "a", Name: "b", Type: tidemark.TypeCollection, UUID: tidemark.UUID{7}, Options: restoretest.Raw(b, bson.D{})}
	base := &recorded{at: tidemark.Timestamp{T: 1000}, documents: map[tidemark.UUID][]bson.Raw{}}
	base.catalogue.Collections = []tidemark.Collection{c}
	r := rand.New(rand.NewPCG(1, 2))
	text := func() string {
		s := ""
		for range 60 {
			s += fmt.Sprintf("%s%d ", []string{"amber", "basalt", "cedar", "delta"}[r.IntN(4)], r.IntN(100_000))
		}
		return s
	}
	for i := range n {
		base.documents[c.UUID] = append(base.documents[c.UUID], restoretest.Raw(b, bson.D{{Key: "_id", Value: int32(i)}, {Key: "n", Value: 0}, {Key: "text", Value: text()}}))
	}
	var entries []bson.Raw
	for i, id := range r.Perm(n)[:n/100] {
		entries = append(entries, restoretest.Raw(b, bson.D{
			{Key: "ts", Value: bson.Timestamp{T: 1000, I: uint32(i + 1)}}, {Key: "op", Value: "u"}, {Key: "ns", Value: "a.b"},
			{Key: "ui", Value: bson.Binary{Subtype: 4, Data: c.UUID[:]}}, {Key: "v", Value: int64(2)},
			{Key: "o", Value: bson.D{{Key: "$v", Value: 2}, {Key: "diff", Value: bson.D{{Key: "u", Value: bson.D{{Key: "n", Value: i}}}}}}},
			{Key: "o2", Value: bson.D{{Key: "_id", Value: int32(id)}}},
		}))
	}
	var first, second time.Duration
	var firstBytes, secondBytes int64
	for b.Loop() {
		v, _ := restoretest.Vault(b)
		start := time.Now()
		snapshot, _, err := capture.Take(b.Context(), capture.Request{Source: base, Vault: v})
		if err != nil {
			b.Fatal(err)
		}
		first += time.Since(start)
		start = time.Now()
		next, _, added, err := capture.Advance(b.Context(), capture.AdvanceRequest{
			Base: snapshot, Vault: v, Entries: after(entries, base.at), To: at(entries[len(entries)-1]),
		})
		if err != nil {
			b.Fatal(err)
		}
		second += time.Since(start)
		firstBytes, secondBytes = stored(snapshot, nil), stored(next, added)
	}
	b.ReportMetric(100*second.Seconds()/first.Seconds(), "%time")
	b.ReportMetric(100*float64(secondBytes)/float64(firstBytes), "%bytes")
	b.ReportMetric(float64(first.Milliseconds())/float64(b.N), "first-ms")
	b.ReportMetric(float64(second.Milliseconds())/float64(b.N), "second-ms")
}

// stored is what the runs of a manifest take in the vault; of only those among
// added where that is not nil.
func stored(m *vault.Manifest, added []string) int64 {
	only := map[string]bool{}
	for _, name := range added {
		only[name] = true
	}
	var n int64
	for _, r := range m.Runs {
		if added == nil || only[r.Object] {
			n += r.StoredBytes
		}
	}
	return n
}
