package tidemark

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"math/bits"

	"github.com/zeebo/xxh3"
)

// Content is the fingerprint of a set of documents, whatever their order: how
// many, how many bytes, and the sum modulo 2^128 of the 128-bit XXH3 hash of
// each document's bytes. Two collections with equal Content have equal
// documents, byte for byte, but for a chance in the order of 2^-64 that no
// accident of storage or transport makes larger; it is not meant to hold
// against someone who forges documents. Contents of disjoint sets add up.
type Content struct {
	Documents int64
	Bytes     int64 // BSON bytes
	// Estimated says that the documents were changed without being read since
	// they were last summed: Documents is exact, Bytes is about right, and there
	// is no sum. Such a Content is equal to no other that was summed.
	Estimated bool
	hi, lo    uint64
}

// Estimate is the Content of documents that were counted and not summed.
func Estimate(documents, bytes int64) Content {
	return Content{Documents: documents, Bytes: bytes, Estimated: true}
}

// Add counts a document in.
func (c *Content) Add(doc []byte) {
	h := xxh3.Hash128(doc)
	c.Documents++
	c.Bytes += int64(len(doc))
	c.sum(h.Hi, h.Lo)
}

// Remove takes out a document that is in.
func (c *Content) Remove(doc []byte) {
	c.Documents--
	c.Bytes -= int64(len(doc))
	if c.Estimated {
		return
	}
	h := xxh3.Hash128(doc)
	var borrow uint64
	c.lo, borrow = bits.Sub64(c.lo, h.Lo, 0)
	c.hi, _ = bits.Sub64(c.hi, h.Hi, borrow)
}

// Merge counts in all of a disjoint set. With an estimate the whole is one.
func (c *Content) Merge(other Content) {
	c.Documents += other.Documents
	c.Bytes += other.Bytes
	c.sum(other.hi, other.lo)
	if other.Estimated {
		*c = Estimate(c.Documents, c.Bytes)
	}
}

func (c *Content) sum(hi, lo uint64) {
	if c.Estimated {
		return
	}
	var carry uint64
	c.lo, carry = bits.Add64(c.lo, lo, 0)
	c.hi, _ = bits.Add64(c.hi, hi, carry)
}

// Hash returns the sum as 32 hexadecimal digits, or "" of an estimate.
func (c Content) Hash() string {
	if c.Estimated {
		return ""
	}
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], c.hi)
	binary.BigEndian.PutUint64(b[8:], c.lo)
	return hex.EncodeToString(b[:])
}

// ContentOf rebuilds a Content from its parts, hash being what Hash returned.
func ContentOf(documents, bytes int64, hash string) (Content, error) {
	b, err := hex.DecodeString(hash)
	if err != nil || len(b) != 16 {
		return Content{}, Errorf(CodeInvalidData, "%q is not a content hash of 32 hexadecimal digits", hash)
	}
	return Content{
		Documents: documents,
		Bytes:     bytes,
		hi:        binary.BigEndian.Uint64(b[:8]),
		lo:        binary.BigEndian.Uint64(b[8:]),
	}, nil
}

// contentJSON is the stored form of a Content.
type contentJSON struct {
	Documents int64  `json:"documents"`
	Bytes     int64  `json:"bytes"`
	Hash      string `json:"hash,omitempty"`
	Estimated bool   `json:"estimated,omitempty"`
}

// MarshalJSON writes {"documents", "bytes", "hash"}, of an estimate
// {"documents", "bytes", "estimated"}.
func (c Content) MarshalJSON() ([]byte, error) {
	return json.Marshal(contentJSON{Documents: c.Documents, Bytes: c.Bytes, Hash: c.Hash(), Estimated: c.Estimated})
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (c *Content) UnmarshalJSON(b []byte) error {
	var v contentJSON
	if err := json.Unmarshal(b, &v); err != nil {
		return err
	}
	if v.Estimated {
		*c = Estimate(v.Documents, v.Bytes)
		return nil
	}
	got, err := ContentOf(v.Documents, v.Bytes, v.Hash)
	if err != nil {
		return err
	}
	*c = got
	return nil
}
