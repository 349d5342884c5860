package vault

import (
	"bytes"
	"crypto/rand"
	"io"
	"testing"

	tinkpkg "github.com/tink-crypto/tink-go/v2/tink"
	"pgregory.net/rapid"
)

// tinkWrite seals plaintext with Tink's own writer.
func tinkWrite(t *testing.T, key, plaintext []byte, name string) []byte {
	t.Helper()
	var s tinkpkg.StreamingAEAD
	s, err := newStream(key)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w, err := s.NewEncryptingWriter(&out, []byte(name))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(plaintext); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// tinkRead opens a stream with Tink's own reader.
func tinkRead(key, stream []byte, name string) ([]byte, error) {
	s, err := newStream(key)
	if err != nil {
		return nil, err
	}
	r, err := s.NewDecryptingReader(bytes.NewReader(stream), []byte(name))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

func TestSegmentsOpenWhatTinkSealed(t *testing.T) {
	t.Parallel()
	key := make([]byte, dataKeySize)
	rand.Read(key)
	rapid.Check(t, func(rt *rapid.T) {
		size := rapid.OneOf(
			rapid.IntRange(0, 300_000),
			rapid.SampledFrom([]int{0, firstPlain - 1, firstPlain, firstPlain + 1, firstPlain + segmentPlain, firstPlain + 2*segmentPlain + 1}),
		).Draw(rt, "size")
		want := make([]byte, size)
		rand.Read(want)
		stream := tinkWrite(t, key, want, "the name")
		l, ok := newLayout(0, int64(len(stream)))
		if !ok || l.size() != int64(size) {
			rt.Fatalf("layout of %d bytes: %+v %v, size %d", size, l, ok, l.size())
		}
		s, ok := newSegments(key, stream[:streamHeader], "the name", l)
		if !ok {
			rt.Fatal("the stream header is refused")
		}
		i := rapid.Int64Range(0, l.count-1).Draw(rt, "segment")
		from, to := l.stored(i)
		got, ok := s.open(i, bytes.Clone(stream[from:to]))
		at := l.plainStart(i)
		if !ok || !bytes.Equal(got, want[at:at+int64(len(got))]) {
			rt.Fatalf("segment %d of %d: %v", i, l.count, ok)
		}
		if len(got) > 0 && (l.find(at) != i || l.find(at+int64(len(got))-1) != i) {
			rt.Fatalf("segment %d is not where find says", i)
		}
		for _, wrong := range []int64{i + 1, i - 1} {
			if _, ok := s.open(wrong, bytes.Clone(stream[from:to])); ok {
				rt.Fatalf("segment %d opens as %d", i, wrong)
			}
		}
	})
}

func TestTinkReadsWhatAVaultWrote(t *testing.T) {
	t.Parallel()
	master, err := NewMasterKey()
	if err != nil {
		t.Fatal(err)
	}
	bucket, err := OpenDirBucket(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer bucket.Close()
	for _, size := range []int{0, 1, firstPlain, firstPlain + 1, 4*segmentPlain + 5} {
		want := make([]byte, size)
		rand.Read(want)
		w, err := Open(bucket, master).Create(t.Context(), KindRun)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(want); err != nil {
			t.Fatal(err)
		}
		if err := w.Commit(); err != nil {
			t.Fatal(err)
		}
		stored, err := bucket.root.ReadFile(w.Name())
		if err != nil {
			t.Fatal(err)
		}
		h, err := parseHeader(w.Name(), stored)
		if err != nil {
			t.Fatal(err)
		}
		key, err := h.dataKey(master, w.Name(), stored)
		if err != nil {
			t.Fatal(err)
		}
		got, err := tinkRead(key, stored[h.length:], w.Name())
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("of %d bytes Tink reads %d, %v", size, len(got), err)
		}
	}
}

func TestLayoutsThatCannotBe(t *testing.T) {
	t.Parallel()
	for _, length := range []int64{-1, 0, streamHeader, streamHeader + tagSize - 1, segmentSize + 1, segmentSize + tagSize - 1, 1 << 62} {
		if _, ok := newLayout(90, 90+length); ok {
			t.Errorf("a payload of %d bytes is taken", length)
		}
	}
}
