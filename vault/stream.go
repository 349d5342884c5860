package vault

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"math"

	"github.com/tink-crypto/tink-go/v2/streamingaead/subtle"
)

// The parameters of the streaming AEAD and what follows from them. The layout
// is Tink's AES-GCM-HKDF: https://developers.google.com/tink/streaming-aead/aes_gcm_hkdf_streaming
const (
	dataKeySize  = 32
	saltSize     = dataKeySize
	prefixSize   = subtle.AESGCMHKDFNoncePrefixSizeInBytes
	nonceSize    = subtle.AESGCMHKDFNonceSizeInBytes
	tagSize      = subtle.AESGCMHKDFTagSizeInBytes
	streamHeader = 1 + saltSize + prefixSize // its length, the salt, the nonce prefix
	segmentSize  = 64 << 10                  // of ciphertext; the first one has the stream header too
	segmentPlain = segmentSize - tagSize     // plaintext of a segment but the first and the last
	firstPlain   = segmentPlain - streamHeader
)

// newStream returns Tink's primitive, which writes the payload.
func newStream(dataKey []byte) (*subtle.AESGCMHKDF, error) {
	return subtle.NewAESGCMHKDF(dataKey, "SHA256", dataKeySize, segmentSize, 0)
}

// segments opens the segments of one payload, each by itself.
type segments struct {
	aead   cipher.AEAD
	prefix [prefixSize]byte
	layout layout
}

// newSegments derives the key of a payload from the object's data key, the
// stream header and the associated data. ok is false for a header that is not
// one.
func newSegments(dataKey, head []byte, associated string, l layout) (*segments, bool) {
	if len(head) != streamHeader || head[0] != streamHeader {
		return nil, false
	}
	salt, prefix := head[1:1+saltSize], head[1+saltSize:]
	key, err := hkdf.Key(sha256.New, dataKey, salt, associated, dataKeySize)
	if err != nil {
		return nil, false
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, false
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, false
	}
	s := &segments{aead: gcm, layout: l}
	copy(s.prefix[:], prefix)
	return s, true
}

// open authenticates segment i and decrypts it in place.
func (s *segments) open(i int64, ciphertext []byte) (plaintext []byte, ok bool) {
	var nonce [nonceSize]byte
	copy(nonce[:], s.prefix[:])
	binary.BigEndian.PutUint32(nonce[prefixSize:], uint32(i))
	if i == s.layout.count-1 {
		nonce[nonceSize-1] = 1
	}
	plaintext, err := s.aead.Open(ciphertext[:0], nonce[:], ciphertext, nil)
	return plaintext, err == nil
}

// layout says where the segments of a payload are.
type layout struct {
	start int64 // where the payload begins in the object: the stream header
	end   int64 // where it ends: the size of the object
	count int64 // segments; at least one
}

// newLayout is of a payload between start and end; ok is false if no payload
// can have that length.
func newLayout(start, end int64) (layout, bool) {
	length := end - start
	l := layout{start: start, end: end, count: (length + segmentSize - 1) / segmentSize}
	if length < streamHeader+tagSize || l.count >= math.MaxUint32 {
		return l, false
	}
	last := length - (l.count-1)*segmentSize
	return l, last >= tagSize
}

// size is the length of the plaintext.
func (l layout) size() int64 { return l.end - l.start - streamHeader - l.count*tagSize }

// find returns the segment that plaintext byte off is in.
func (l layout) find(off int64) int64 { return (off + streamHeader) / segmentPlain }

// plainStart is the offset in the plaintext at which segment i begins.
func (l layout) plainStart(i int64) int64 {
	if i == 0 {
		return 0
	}
	return i*segmentPlain - streamHeader
}

// stored returns where in the object the ciphertext of segment i begins and ends.
func (l layout) stored(i int64) (from, to int64) {
	from, to = l.start+i*segmentSize, min(l.start+(i+1)*segmentSize, l.end)
	if i == 0 {
		from += streamHeader
	}
	return from, to
}
