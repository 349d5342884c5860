package archive_test

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"io"
	"runtime"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark/archive"
)

const benchmarkBytes = 64 << 20

// benchmarkGzip reports MB/s of plain bytes and how many of them make one
// compressed byte.
func benchmarkGzip(b *testing.B, open func(io.Writer) (io.WriteCloser, error)) {
	plain := sample(b, benchmarkBytes)
	b.SetBytes(int64(len(plain)))
	b.ReportAllocs()
	var out archive.CountingWriter
	for b.Loop() {
		out = archive.CountingWriter{W: io.Discard}
		z, err := open(&out)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := z.Write(plain); err != nil {
			b.Fatal(err)
		}
		if err := z.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(plain))/float64(out.N), "ratio")
}

func BenchmarkGzip(b *testing.B) {
	for _, workers := range []int{1, runtime.GOMAXPROCS(0)} {
		for _, level := range []int{1, 3, 5, 6, 9} {
			b.Run(fmt.Sprintf("level=%d/workers=%d", level, workers), func(b *testing.B) {
				benchmarkGzip(b, func(w io.Writer) (io.WriteCloser, error) { return archive.NewGzipWriter(w, level, workers) })
			})
		}
	}
}

// BenchmarkStandardGzip is what mongodump --gzip compresses with, at its level.
func BenchmarkStandardGzip(b *testing.B) {
	for _, level := range []int{gzip.BestSpeed, gzip.DefaultCompression} {
		b.Run(fmt.Sprintf("level=%d", level), func(b *testing.B) {
			benchmarkGzip(b, func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriterLevel(w, level) })
		})
	}
}

// split cuts whole documents out of BSON bytes.
func split(b []byte) []bson.Raw {
	var docs []bson.Raw
	for len(b) >= 4 {
		n := int(binary.LittleEndian.Uint32(b))
		if n > len(b) {
			break
		}
		docs = append(docs, bson.Raw(b[:n]))
		b = b[n:]
	}
	return docs
}

// BenchmarkWriter writes documents of 400 bytes or so, without compression.
func BenchmarkWriter(b *testing.B) {
	docs := split(sample(b, benchmarkBytes))
	c := collection(b, "d", "c", bson.D{})
	b.SetBytes(benchmarkBytes)
	for b.Loop() {
		write(b, io.Discard, header, []archive.Entry{{Collection: c}}, map[archive.Namespace][]bson.Raw{{DB: "d", Collection: "c"}: docs})
	}
}

func BenchmarkReader(b *testing.B) {
	c := collection(b, "d", "c", bson.D{})
	var out bytes.Buffer
	write(b, &out, header, []archive.Entry{{Collection: c}},
		map[archive.Namespace][]bson.Raw{{DB: "d", Collection: "c"}: split(sample(b, benchmarkBytes))})
	b.SetBytes(int64(out.Len()))
	for b.Loop() {
		a, err := archive.NewReader(bytes.NewReader(out.Bytes()))
		if err != nil {
			b.Fatal(err)
		}
		for err == nil {
			_, _, err = a.Next()
		}
		if err != io.EOF {
			b.Fatal(err)
		}
	}
}
