package archive_test

import (
	"bytes"
	"errors"
	"testing"

	"pgregory.net/rapid"

	"tidemark/archive"
)

// Any range of a stream, however it is cut into writes, is that part of it.
func TestRangeWriter(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		stream := rapid.SliceOfN(rapid.Byte(), 0, 100).Draw(t, "stream")
		from := rapid.IntRange(0, 110).Draw(t, "from")
		to := rapid.IntRange(from-1, 120).Draw(t, "to")
		if to < from {
			to = -1
		}
		var out bytes.Buffer
		w, err := archive.NewRangeWriter(&out, int64(from), int64(to))
		if err != nil {
			t.Fatal(err)
		}
		for rest := stream; len(rest) > 0; {
			n := rapid.IntRange(0, len(rest)).Draw(t, "n")
			if _, err = w.Write(rest[:n]); err != nil {
				break
			}
			rest = rest[n:]
		}
		end := len(stream)
		if to >= 0 {
			end = min(end, to)
		}
		if want := stream[min(from, end):end]; !bytes.Equal(out.Bytes(), want) {
			t.Fatalf("[%d, %d) of %d bytes is %x, want %x", from, to, len(stream), out.Bytes(), want)
		}
		if err != nil && (!errors.Is(err, archive.ErrRangeComplete) || !w.Complete()) {
			t.Fatal(err)
		}
		if to >= 0 && len(stream) >= to && !w.Complete() {
			t.Fatal("the range should be complete")
		}
	})
}

func TestRangeWriterRefusesNonsense(t *testing.T) {
	t.Parallel()
	for _, r := range [][2]int64{{-1, 5}, {5, 4}} {
		if _, err := archive.NewRangeWriter(&bytes.Buffer{}, r[0], r[1]); err == nil {
			t.Errorf("%v was taken", r)
		}
	}
}

// A download cut off anywhere and resumed is the download.
func TestResume(t *testing.T) {
	t.Parallel()
	plain := sample(t, 2<<20)
	whole := zip(t, plain, 1, 2)
	for _, cut := range []int64{0, 1, 10, int64(len(whole) / 2), int64(len(whole) - 1), int64(len(whole))} {
		var out bytes.Buffer
		for _, span := range [][2]int64{{0, cut}, {cut, -1}} {
			w, err := archive.NewRangeWriter(&out, span[0], span[1])
			if err != nil {
				t.Fatal(err)
			}
			z, err := archive.NewGzipWriter(w, 1, 2)
			if err != nil {
				t.Fatal(err)
			}
			_, err = z.Write(plain)
			if err == nil {
				err = z.Close()
			}
			if err != nil && !errors.Is(err, archive.ErrRangeComplete) {
				t.Fatal(err)
			}
			z.Abort()
		}
		if !bytes.Equal(out.Bytes(), whole) {
			t.Fatalf("cut at %d of %d, it is another download", cut, len(whole))
		}
	}
}
