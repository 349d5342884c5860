package run

import (
	"bytes"
	"slices"
)

const (
	// chunkBytes is the unit in which a buffer takes memory.
	chunkBytes = 1 << 20
	// largeBytes is from where on a document has memory of its own, so that
	// the ends of chunks that stay unused do not add up.
	largeBytes = chunkBytes / 8
	// recordBytes is the memory that a record takes beside its bytes.
	recordBytes = 72
)

// record is a document in a buffer. Its bytes lie in a chunk.
type record struct {
	key, doc []byte
	arrival  int
}

// buffer holds documents in memory until they are sorted.
type buffer struct {
	records []record
	chunks  [][]byte // of chunkBytes each; the last one is being filled
	free    [][]byte // chunks to use again
	size    int64    // bytes of keys, documents and records
	sorted  bool     // records came in ascending order of keys
}

// cost is the memory of one more document.
func cost(key, doc []byte) int64 { return int64(len(key) + len(doc) + recordBytes) }

// add copies a document in.
func (b *buffer) add(key, doc []byte) {
	if n := len(b.records); n == 0 {
		b.sorted = true
	} else if b.sorted {
		b.sorted = bytes.Compare(b.records[n-1].key, key) < 0
	}
	mem := b.room(len(key) + len(doc))
	b.records = append(b.records, record{
		key:     mem[:copy(mem, key)],
		doc:     mem[len(key):],
		arrival: len(b.records),
	})
	copy(mem[len(key):], doc)
	b.size += cost(key, doc)
}

// room returns n bytes that stay where they are until reset.
func (b *buffer) room(n int) []byte {
	if n > largeBytes {
		return make([]byte, n)
	}
	last := len(b.chunks) - 1
	if last < 0 || cap(b.chunks[last])-len(b.chunks[last]) < n {
		var chunk []byte
		if spare := len(b.free) - 1; spare >= 0 {
			chunk, b.free = b.free[spare], b.free[:spare]
		} else {
			chunk = make([]byte, 0, chunkBytes)
		}
		b.chunks = append(b.chunks, chunk)
		last++
	}
	at := len(b.chunks[last])
	b.chunks[last] = b.chunks[last][:at+n]
	return b.chunks[last][at : at+n]
}

// sort orders the records by key and, of several with one key, leaves the last
// that arrived.
func (b *buffer) sort() {
	if b.sorted {
		return
	}
	slices.SortFunc(b.records, func(x, y record) int {
		if order := bytes.Compare(x.key, y.key); order != 0 {
			return order
		}
		return x.arrival - y.arrival
	})
	kept := b.records[:0]
	for i, r := range b.records {
		if i+1 < len(b.records) && bytes.Equal(r.key, b.records[i+1].key) {
			continue
		}
		kept = append(kept, r)
	}
	b.records = kept
	b.sorted = true
}

// reset empties the buffer and keeps its chunks.
func (b *buffer) reset() {
	for _, chunk := range b.chunks {
		b.free = append(b.free, chunk[:0])
	}
	clear(b.chunks)
	clear(b.records[:cap(b.records)])
	b.chunks, b.records, b.size = b.chunks[:0], b.records[:0], 0
}

// release gives the memory back.
func (b *buffer) release() { *b = buffer{} }
