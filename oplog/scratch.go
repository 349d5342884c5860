package oplog

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"io"
	"os"

	"tidemark"
)

// ScratchFile holds bytes until it is closed, and then no more.
type ScratchFile interface {
	io.Writer
	io.ReaderAt
	io.Closer
}

// Scratch makes room for what does not fit in memory.
type Scratch interface {
	NewFile() (ScratchFile, error)
}

// ScratchDir makes files in a directory, that of the system for temporary files
// where it is "". They are encrypted with keys that only memory holds, and
// removed at once, so that neither a crash nor a stolen disk leaves data behind.
type ScratchDir string

// NewFile makes a file of mode 0600.
func (d ScratchDir) NewFile() (ScratchFile, error) {
	f, err := os.CreateTemp(string(d), "tidemark-fold-*")
	if err != nil {
		return nil, tidemark.Errorf(tidemark.CodeInternal, "making a temporary file: %w", err).
			WithHint("See that there is room and permission in the directory for temporary files.")
	}
	removed := os.Remove(f.Name()) == nil // not while open on every system
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, errors.Join(tidemark.Errorf(tidemark.CodeInternal, "making a temporary file: %w", err), f.Close())
	}
	return &scratchFile{f: f, block: block, removed: removed}, nil
}

// scratchFile is AES-256-CTR under a key of its own, the counter that of the
// block in the file.
type scratchFile struct {
	f       *os.File
	block   cipher.Block
	size    int64
	buf     []byte
	removed bool
}

// xor encrypts or decrypts the bytes of the file at off.
func (s *scratchFile) xor(dst, src []byte, off int64) {
	var iv [aes.BlockSize]byte
	binary.BigEndian.PutUint64(iv[8:], uint64(off/aes.BlockSize))
	stream := cipher.NewCTR(s.block, iv[:])
	var skip [aes.BlockSize]byte
	stream.XORKeyStream(skip[:off%aes.BlockSize], skip[:off%aes.BlockSize])
	stream.XORKeyStream(dst, src)
}

// Write appends.
func (s *scratchFile) Write(p []byte) (int, error) {
	s.buf = append(s.buf[:0], p...)
	s.xor(s.buf, s.buf, s.size)
	n, err := s.f.Write(s.buf)
	s.size += int64(n)
	if err != nil {
		err = tidemark.Errorf(tidemark.CodeInternal, "writing a temporary file: %w", err).
			WithHint("See that there is room in the directory for temporary files.")
	}
	return n, err
}

// ReadAt reads what was written.
func (s *scratchFile) ReadAt(p []byte, off int64) (int, error) {
	n, err := s.f.ReadAt(p, off)
	s.xor(p[:n], p[:n], off)
	if err != nil && !errors.Is(err, io.EOF) {
		err = tidemark.Errorf(tidemark.CodeInternal, "reading a temporary file: %w", err)
	}
	return n, err
}

// Close gives the room back.
func (s *scratchFile) Close() error {
	err := s.f.Close()
	if !s.removed {
		err = errors.Join(err, os.Remove(s.f.Name()))
	}
	if err != nil {
		return tidemark.Errorf(tidemark.CodeInternal, "closing a temporary file: %w", err)
	}
	return nil
}
