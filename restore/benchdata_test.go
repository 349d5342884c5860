package restore_test

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"tidemark"
	"tidemark/capture"
	"tidemark/run"
	"tidemark/vault"
)

// benchDocuments are about 512 MB of BSON, of which zstd makes a third.
const benchDocuments = 512_000

// order says in what order a synthetic deployment hands out its documents.
type order string

const (
	inOrder  order = "in order" // as a scan over the _id index does
	shuffled order = "shuffled" // as a scan in natural order does where _id is random
)

// synthetic is a deployment whose documents are made while they are scanned,
// the same each time: a real server would be slower than what is measured.
type synthetic struct {
	documents int
	order     order
	corpus    string // words, from which documents take their text
}

func newSynthetic(documents int, o order) *synthetic {
	r := rand.New(rand.NewPCG(1, 2))
	words := make([][]byte, 3000)
	for i := range words {
		word := make([]byte, 2+r.IntN(9))
		for j := range word {
			word[j] = "eeeetttaaaooiinnsshhrrddlcumwfgypbvk"[r.IntN(36)]
		}
		words[i] = append(word, ' ')
	}
	s := &synthetic{documents: documents, order: o}
	var corpus strings.Builder
	for corpus.Len() < 8<<20 {
		// Few words make most of a text.
		corpus.Write(words[r.IntN(1+r.IntN(len(words)))])
	}
	s.corpus = corpus.String()
	return s
}

func (s *synthetic) Describe(context.Context) (tidemark.ServerInfo, error) {
	return tidemark.ServerInfo{Version: "7.0.14", MaxBatchBytes: 48_000_000, MaxBatchCount: 100_000, MaxDocumentBytes: 16 << 20}, nil
}

func (s *synthetic) ClusterTime(context.Context) (tidemark.Timestamp, error) {
	return tidemark.Timestamp{}, nil
}

func (s *synthetic) Catalogue(context.Context) (*tidemark.Catalogue, error) {
	out := &tidemark.Catalogue{}
	for _, name := range []string{"orders", "returns"} {
		options, err := bson.Marshal(bson.D{})
		if err != nil {
			return nil, err
		}
		out.Collections = append(out.Collections, tidemark.Collection{
			DB: "bench", Name: name, Type: tidemark.TypeCollection, UUID: tidemark.UUID([]byte(name + "0123456789abcdef")[:16]), Options: options,
		})
	}
	return out, nil
}

// share is how many documents a collection has: orders three quarters of all.
func (s *synthetic) share(c tidemark.Collection) int {
	if c.Name == "orders" {
		return s.documents * 3 / 4
	}
	return s.documents / 4
}

// Partition cuts by number of document where documents come in order.
func (s *synthetic) Partition(_ context.Context, c tidemark.Collection, targetBytes int64) ([]tidemark.ScanRange, error) {
	n := s.share(c)
	each := max(int(targetBytes/1000), 1)
	if s.order == shuffled {
		each = n
	}
	var out []tidemark.ScanRange
	for from := 0; from < n; from += each {
		to := min(from+each, n)
		out = append(out, tidemark.ScanRange{Min: number(from), Max: number(to), EstimatedDocuments: int64(to - from)})
	}
	return out, nil
}

func number(n int) bson.RawValue {
	return bson.RawValue{Type: bson.TypeInt64, Value: binary.LittleEndian.AppendUint64(nil, uint64(n))}
}

func (s *synthetic) Scan(ctx context.Context, c tidemark.Collection, r tidemark.ScanRange, fn func(bson.Raw) error) error {
	from, to := int(r.Min.Int64()), int(r.Max.Int64())
	random := rand.New(rand.NewPCG(uint64(from), uint64(c.UUID[0])))
	var doc []byte
	for i := from; i < to; i++ {
		if i%1000 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		doc = s.document(doc[:0], i, random)
		if err := fn(doc); err != nil {
			return err
		}
	}
	return nil
}

// document makes an order of about 1 kB.
func (s *synthetic) document(dst []byte, i int, r *rand.Rand) []byte {
	at, dst := bsoncore.AppendDocumentStart(dst)
	dst = bsoncore.AppendObjectIDElement(dst, "_id", s.id(i))
	dst = bsoncore.AppendStringElement(dst, "customer", s.text(r, 24))
	dst = bsoncore.AppendStringElement(dst, "email", s.text(r, 8)+"@example.net")
	dst = bsoncore.AppendDoubleElement(dst, "amount", float64(r.IntN(100_000))/100)
	dst = bsoncore.AppendDateTimeElement(dst, "created", 1_700_000_000_000+int64(i)*1000+r.Int64N(1000))
	dst = bsoncore.AppendInt32Element(dst, "quantity", int32(r.IntN(20)))
	dst = bsoncore.AppendBooleanElement(dst, "paid", r.IntN(10) > 0)
	tags, dst := bsoncore.AppendArrayElementStart(dst, "tags")
	for _, key := range []string{"0", "1", "2"} {
		dst = bsoncore.AppendStringElement(dst, key, s.text(r, 8))
	}
	dst, _ = bsoncore.AppendArrayEnd(dst, tags)
	address, dst := bsoncore.AppendDocumentElementStart(dst, "address")
	dst = bsoncore.AppendStringElement(dst, "street", s.text(r, 20))
	dst = bsoncore.AppendInt32Element(dst, "number", int32(r.IntN(300)))
	dst = bsoncore.AppendStringElement(dst, "city", s.text(r, 10))
	dst, _ = bsoncore.AppendDocumentEnd(dst, address)
	dst = bsoncore.AppendStringElement(dst, "note", s.text(r, 520+r.IntN(200)))
	var token [16]byte
	binary.LittleEndian.PutUint64(token[:], r.Uint64())
	binary.LittleEndian.PutUint64(token[8:], r.Uint64())
	dst = bsoncore.AppendStringElement(dst, "token", hex.EncodeToString(token[:]))
	dst, _ = bsoncore.AppendDocumentEnd(dst, at)
	return dst
}

// id ascends with i, or is spread over all identifiers.
func (s *synthetic) id(i int) bson.ObjectID {
	var id bson.ObjectID
	if s.order == shuffled {
		binary.BigEndian.PutUint64(id[:], uint64(i)*0x9e3779b97f4a7c15)
	} else {
		binary.BigEndian.PutUint32(id[:], uint32(1_700_000_000+i))
	}
	binary.BigEndian.PutUint32(id[8:], uint32(i))
	return id
}

func (s *synthetic) text(r *rand.Rand, n int) string {
	at := r.IntN(len(s.corpus) - n)
	return s.corpus[at : at+n]
}

// stored is a snapshot in a vault in a directory, sealed and compressed.
type stored struct {
	vault    *vault.Vault
	manifest *vault.Manifest
	content  tidemark.Content
	bytes    int64 // in the vault
}

func (s *stored) open(ctx context.Context, ref run.RunRef) (run.Source, error) {
	return s.vault.Open(ctx, ref.Object)
}

// refs are the runs of a collection.
func (s *stored) refs(c vault.ManifestCollection) []run.RunRef {
	var out []run.RunRef
	for _, r := range s.manifest.Runs {
		if r.Collection == c.UUID {
			out = append(out, run.RunRef{Object: r.Object, Sequence: int(r.Sequence), First: r.First, Last: r.Last,
				Entries: r.Entries, RawBytes: r.RawBytes, StoredBytes: r.RunBytes})
		}
	}
	return out
}

// benchDirs are removed by TestMain.
var benchDirs struct {
	sync.Mutex
	all []string
}

func removeBenchDirs(code int) {
	for _, dir := range benchDirs.all {
		if err := os.RemoveAll(dir); err != nil {
			code = max(code, 1)
		}
	}
	os.Exit(code)
}

// dirVault is a vault in a directory that lives as long as the test process.
func dirVault(tb testing.TB) *vault.Vault {
	tb.Helper()
	dir, err := os.MkdirTemp("", "tidemark-bench-")
	if err != nil {
		tb.Fatal(err)
	}
	benchDirs.Lock()
	benchDirs.all = append(benchDirs.all, dir)
	benchDirs.Unlock()
	bucket, err := vault.OpenDirBucket(dir)
	if err != nil {
		tb.Fatal(err)
	}
	master, err := vault.NewMasterKey()
	if err != nil {
		tb.Fatal(err)
	}
	return vault.Open(bucket, master)
}

// takeStored takes a snapshot of a synthetic deployment.
func takeStored(ctx context.Context, tb testing.TB, source tidemark.Source) *stored {
	tb.Helper()
	out := &stored{vault: dirVault(tb)}
	var err error
	out.manifest, _, err = capture.Take(ctx, capture.Request{
		SnapshotID: tidemark.NewID(), InstanceID: tidemark.NewID(), Source: source, Vault: out.vault,
	})
	if err != nil {
		tb.Fatal(err)
	}
	for _, c := range out.manifest.Collections {
		out.content.Merge(c.Content)
	}
	for _, r := range out.manifest.Runs {
		out.bytes += r.StoredBytes
	}
	return out
}

var (
	benchMu     sync.Mutex
	benchStored = map[order]*stored{}
)

// benchSnapshot is made by the first benchmark that needs it.
func benchSnapshot(b *testing.B, o order) *stored {
	b.Helper()
	benchMu.Lock()
	defer benchMu.Unlock()
	if benchStored[o] == nil {
		start := time.Now()
		s := takeStored(b.Context(), b, newSynthetic(benchDocuments, o))
		b.Logf("%s: %d documents, %.0f MB of BSON, %.0f MB in %d runs, made in %.0f s", o, s.content.Documents,
			float64(s.content.Bytes)/1e6, float64(s.bytes)/1e6, len(s.manifest.Runs), time.Since(start).Seconds())
		benchStored[o] = s
	}
	return benchStored[o]
}
