package archive

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"sync"

	"github.com/klauspost/compress/flate"

	"tidemark"
)

const (
	// gzipBlockBytes is how much is compressed at a time. It decides the
	// output's bytes, so a change of it calls for a new OutputVersion.
	gzipBlockBytes = 512 << 10
	gzipWindow     = 32 << 10 // what deflate looks back

	// OutputVersion changes when the bytes that Writer and GzipWriter make of
	// the same input do. Where a download is resumed by making it again, it
	// belongs into what tells one version of the download from another.
	OutputVersion = 1

	// DefaultGzipLevel is fast enough that two cores keep a gigabit link busy;
	// level 6 makes 7 % less at two thirds of the speed.
	DefaultGzipLevel = 3
)

// gzipHeader is deflate, no flags, no time, no operating system (RFC 1952).
var gzipHeader = []byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff}

// GzipWriter compresses to one gzip member. Its output depends on the input and
// the level only, not on the number of workers or on how the input is cut into
// writes. Blocks are compressed at the same time, each with the end of the one
// before as its dictionary, and written in order by the goroutine that calls
// Write or Close. It holds about 1.5 MiB for each worker. It is not safe for
// concurrent use.
type GzipWriter struct {
	w     io.Writer
	level int
	slots chan struct{} // one for each worker

	header bool // written
	crc    uint32
	size   uint32 // modulo 2^32

	block []byte
	dict  []byte // a copy of the end of the block before
	queue []chan *gzipBlock
	free  []*gzipBlock
	pool  sync.Pool // of *flate.Writer
	err   error
}

// gzipBlock is a piece of input on its way through a worker.
type gzipBlock struct {
	in   []byte
	dict []byte
	out  bytes.Buffer
	last bool
	err  error
}

var (
	errGzipClosed  error = tidemark.Errorf(tidemark.CodeInternal, "the gzip stream is closed")
	errGzipAborted error = tidemark.Errorf(tidemark.CodeInternal, "the gzip stream is aborted")
)

// NewGzipWriter returns a writer at a level from 1, fast, to 9, small, that
// keeps so many workers busy, at least one. Nothing is written before the first
// block is full. Close ends the stream; Abort leaves it as it is.
func NewGzipWriter(w io.Writer, level, workers int) (*GzipWriter, error) {
	if level < flate.BestSpeed || level > flate.BestCompression {
		return nil, tidemark.Errorf(tidemark.CodeInternal, "%d is not a gzip level from 1 to 9", level)
	}
	return &GzipWriter{
		w:     w,
		level: level,
		slots: make(chan struct{}, max(workers, 1)),
		block: make([]byte, 0, gzipBlockBytes),
	}, nil
}

// Write takes p in. An error is that of the underlying writer, perhaps for
// bytes of an earlier Write.
func (z *GzipWriter) Write(p []byte) (int, error) {
	taken := 0
	for taken < len(p) {
		if z.err != nil {
			return taken, z.err
		}
		if len(z.block) == gzipBlockBytes {
			z.dispatch(false)
			continue
		}
		n := min(gzipBlockBytes-len(z.block), len(p)-taken)
		z.block = append(z.block, p[taken:taken+n]...)
		taken += n
	}
	return taken, z.err
}

// Close compresses what is left, writes the trailer and ends the workers. It
// does not close the underlying writer.
func (z *GzipWriter) Close() error {
	if errors.Is(z.err, errGzipClosed) {
		return nil
	}
	z.dispatch(true)
	for len(z.queue) > 0 && z.err == nil {
		z.collect()
	}
	if z.err == nil {
		trailer := binary.LittleEndian.AppendUint32(nil, z.crc)
		trailer = binary.LittleEndian.AppendUint32(trailer, z.size)
		_, z.err = z.w.Write(trailer)
	}
	if z.err == nil {
		z.err = errGzipClosed
		return nil
	}
	err := z.err
	z.Abort()
	return err
}

// Abort waits for the workers and writes nothing more, so that a reader finds
// the stream cut short. After Close it does nothing.
func (z *GzipWriter) Abort() {
	for _, done := range z.queue {
		<-done
	}
	z.queue, z.free, z.block = nil, nil, nil
	if z.err == nil {
		z.err = errGzipAborted
	}
}

// dispatch hands the block to a worker. Where one block more than there are
// workers is on its way, it writes out the oldest first.
func (z *GzipWriter) dispatch(last bool) {
	for len(z.queue) > cap(z.slots) && z.err == nil {
		z.collect()
	}
	if z.err != nil {
		return
	}
	b := z.take()
	b.in, z.block = z.block, b.in[:0]
	b.dict = append(b.dict[:0], z.dict...)
	b.last = last
	z.dict = append(z.dict[:0], b.in[max(0, len(b.in)-gzipWindow):]...)
	z.crc = crc32.Update(z.crc, crc32.IEEETable, b.in)
	z.size += uint32(len(b.in))

	done := make(chan *gzipBlock, 1)
	z.queue = append(z.queue, done)
	go func() {
		z.slots <- struct{}{}
		z.compress(b)
		<-z.slots
		done <- b
	}()
}

func (z *GzipWriter) take() *gzipBlock {
	if n := len(z.free); n > 0 {
		b := z.free[n-1]
		z.free = z.free[:n-1]
		return b
	}
	return &gzipBlock{in: make([]byte, 0, gzipBlockBytes)}
}

// collect waits for the oldest block and writes it.
func (z *GzipWriter) collect() {
	b := <-z.queue[0]
	z.queue = z.queue[1:]
	if b.err != nil {
		z.err = b.err
		return
	}
	if !z.header {
		z.header = true
		if _, z.err = z.w.Write(gzipHeader); z.err != nil {
			return
		}
	}
	_, z.err = z.w.Write(b.out.Bytes())
	z.free = append(z.free, b)
}

// compress turns b.in into deflate blocks that end on a byte, or end the stream.
func (z *GzipWriter) compress(b *gzipBlock) {
	b.out.Reset()
	f, ok := z.pool.Get().(*flate.Writer)
	if ok {
		f.ResetDict(&b.out, b.dict)
	} else if f, b.err = flate.NewWriterDict(&b.out, z.level, b.dict); b.err != nil {
		return
	}
	if _, b.err = f.Write(b.in); b.err != nil {
		return
	}
	if b.last {
		b.err = f.Close()
	} else {
		b.err = f.Flush()
	}
	z.pool.Put(f)
}
