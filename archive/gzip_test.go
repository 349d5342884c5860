package archive_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"os/exec"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark/archive"
)

// zip compresses in writes of odd sizes.
func zip(t testing.TB, b []byte, level, workers int) []byte {
	t.Helper()
	var out bytes.Buffer
	z, err := archive.NewGzipWriter(&out, level, workers)
	if err != nil {
		t.Fatal(err)
	}
	for step := 1 + 7919*workers; len(b) > 0; {
		n := min(step, len(b))
		if _, err := z.Write(b[:n]); err != nil {
			t.Fatal(err)
		}
		b = b[n:]
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// sample is n bytes of BSON as applications have it, the same for every call.
func sample(tb testing.TB, n int) []byte {
	tb.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	words := []string{"pending", "shipped", "returned", "Lisbon", "Wellington", "Reykjavík", "blue", "warehouse"}
	var out []byte
	for i := 0; len(out) < n; i++ {
		items := bson.A{}
		for range r.IntN(6) {
			items = append(items, bson.D{{Key: "sku", Value: fmt.Sprintf("SKU-%06d", r.IntN(5000))}, {Key: "quantity", Value: int32(r.IntN(9))}, {Key: "price", Value: float64(r.IntN(100000)) / 100}})
		}
		var id bson.ObjectID
		for j := range id {
			id[j] = byte(r.Uint32())
		}
		out = append(out, raw(tb, bson.D{{Key: "_id", Value: id}, {Key: "number", Value: int64(i)},
			{Key: "status", Value: words[r.IntN(3)]}, {Key: "city", Value: words[3+r.IntN(3)]},
			{Key: "at", Value: bson.DateTime(1760000000000 + r.Int64N(1e10))}, {Key: "items", Value: items},
			{Key: "note", Value: fmt.Sprint(words[r.IntN(8)], words[r.IntN(8)], r.IntN(1e6))}})...)
	}
	return out[:n]
}

func TestGzipOutputDoesNotDependOnWorkers(t *testing.T) {
	t.Parallel()
	const block = 512 << 10
	for level, sizes := range map[int][]int{
		1: {0, 1, block - 1, block, block + 1, 4*block + 17},
		3: {0, 3*block + 1},
		6: {0, 3*block + 1},
		9: {0, block + 1},
	} {
		for _, n := range sizes {
			plain := sample(t, n)
			first := zip(t, plain, level, 1)
			if !bytes.Equal(gunzip(t, first), plain) {
				t.Fatalf("level %d: %d bytes do not come back", level, n)
			}
			for _, workers := range []int{2, 5} {
				if !bytes.Equal(zip(t, plain, level, workers), first) {
					t.Fatalf("level %d, %d bytes: %d workers make another output", level, n, workers)
				}
			}
		}
	}
}

// A resumed download relies on these bytes. If another version of the
// compressor changes them, raise OutputVersion with the hash.
func TestOutputVersion(t *testing.T) {
	t.Parallel()
	var got bytes.Buffer
	z, err := archive.NewGzipWriter(&got, 5, 2)
	if err != nil {
		t.Fatal(err)
	}
	doc := raw(t, bson.D{{Key: "_id", Value: 1}})
	write(t, z, header, catalogue(t), map[archive.Namespace][]bson.Raw{{DB: "shop", Collection: "plain"}: {doc}})
	if _, err := z.Write(sample(t, 2<<20)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	const version, want = 1, "f14018fa50eb36acfbb9e85aaf33194dfc06de5411cbff0835eb04c7f81c6751"
	sum := sha256.Sum256(got.Bytes())
	if hash := hex.EncodeToString(sum[:]); hash != want || archive.OutputVersion != version {
		t.Errorf("output version %d makes %s", archive.OutputVersion, hash)
	}
}

func TestGunzipReadsIt(t *testing.T) {
	t.Parallel()
	path, err := exec.LookPath("gunzip")
	if err != nil {
		t.Log("no gunzip here: compress/gzip alone has to do")
		return
	}
	plain := sample(t, 2<<20)
	cmd := exec.CommandContext(t.Context(), path, "-c")
	cmd.Stdin = bytes.NewReader(zip(t, plain, 5, 2))
	got, err := cmd.Output()
	if err != nil || !bytes.Equal(got, plain) {
		t.Fatalf("%d bytes, want %d: %v", len(got), len(plain), err)
	}
}

func TestGzipErrorsOfTheDestinationComeBack(t *testing.T) {
	t.Parallel()
	plain := sample(t, 2<<20)
	total := len(zip(t, plain, 1, 2))
	for _, n := range []int{0, 5, 10, total / 2, total - 8, total - 1} {
		z, err := archive.NewGzipWriter(&failing{left: n}, 1, 2)
		if err != nil {
			t.Fatal(err)
		}
		_, err = z.Write(plain)
		if err == nil {
			err = z.Close()
		}
		if err != errFull {
			t.Errorf("after %d of %d bytes: %v", n, total, err)
		}
		if err := z.Close(); err != errFull {
			t.Errorf("closing after an error: %v", err)
		}
	}
}

func TestAbortLeavesTheStreamCut(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	z, err := archive.NewGzipWriter(&out, 1, 4)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := z.Write(bytes.Repeat(sample(t, 1<<20), 8)); err != nil {
		t.Fatal(err)
	}
	z.Abort()
	z.Abort()
	if _, err := z.Write([]byte("x")); err == nil {
		t.Error("it takes bytes after Abort")
	}
	if err := z.Close(); err == nil {
		t.Error("Close after Abort reports a whole stream")
	}
	if _, err := archive.NewReader(&out); err == nil {
		t.Error("what it left reads as whole")
	}
}

// Memory is bounded because no more than a few blocks are ever on their way.
func TestGzipHoldsFewBlocks(t *testing.T) {
	t.Parallel()
	const workers, block = 2, 512 << 10
	plain := bytes.Repeat(sample(t, block), 24)
	var out bytes.Buffer
	z, err := archive.NewGzipWriter(&out, 1, workers)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Abort()
	if _, err := z.Write(plain); err != nil {
		t.Fatal(err)
	}
	r, err := gzip.NewReader(bytes.NewReader(out.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	passed, _ := io.Copy(io.Discard, r) // ends within the stream
	if held := int64(len(plain)) - passed; held > (workers+2)*block {
		t.Errorf("it holds %d of %d bytes", held, len(plain))
	}
}

func TestGzipRefusesLevels(t *testing.T) {
	t.Parallel()
	for _, level := range []int{-3, -1, 0, 10} {
		if _, err := archive.NewGzipWriter(io.Discard, level, 1); err == nil {
			t.Errorf("level %d was taken", level)
		}
	}
}
