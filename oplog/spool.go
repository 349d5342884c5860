package oplog

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"

	"tidemark"
)

// spool holds documents in order: in memory, or where that is too much in a
// scratch file with the newest ones still in memory.
type spool struct {
	memory []byte
	file   ScratchFile
	stored int64 // bytes in the file
}

func (s *spool) add(doc []byte) { s.memory = append(s.memory, doc...) }

// size is how many bytes of documents it holds.
func (s *spool) size() int64 { return s.stored + int64(len(s.memory)) }

// spill moves what is in memory to the file.
func (s *spool) spill(scratch Scratch) error {
	if s.file == nil {
		f, err := scratch.NewFile()
		if err != nil {
			return err
		}
		s.file = f
	}
	if _, err := s.file.Write(s.memory); err != nil {
		return err
	}
	s.stored += int64(len(s.memory))
	s.memory = nil
	return nil
}

// stored is read through a buffer of this size.
const spoolBuffer = 64 << 10

// each calls fn with every document, which is valid during the call.
func (s *spool) each(fn func(doc []byte) error) error {
	if s.stored > 0 {
		if err := readDocuments(io.NewSectionReader(s.file, 0, s.stored), fn); err != nil {
			return err
		}
	}
	for b := s.memory; len(b) > 0; {
		size, err := documentSize(b)
		if err != nil {
			return err
		}
		if err := fn(b[:size]); err != nil {
			return err
		}
		b = b[size:]
	}
	return nil
}

// copyTo writes all documents.
func (s *spool) copyTo(w io.Writer) error {
	if s.stored > 0 {
		if _, err := io.Copy(w, io.NewSectionReader(s.file, 0, s.stored)); err != nil {
			return err
		}
	}
	_, err := w.Write(s.memory)
	return err
}

func (s *spool) close() error {
	s.memory, s.stored = nil, 0
	if s.file == nil {
		return nil
	}
	f := s.file
	s.file = nil
	return f.Close()
}

// documentSize is the length of the document that b starts with.
func documentSize(b []byte) (int, error) {
	if len(b) < 5 {
		return 0, errBSON("a document is cut short")
	}
	n := int64(binary.LittleEndian.Uint32(b))
	if n < 5 || n > int64(len(b)) {
		return 0, errBSON("a document is cut short")
	}
	return int(n), nil
}

// maxEntryBytes is the largest document that is read from a stream. An entry
// has a document of 16 MiB and some fields beside it.
const maxEntryBytes = 32 << 20

// readDocuments calls fn with every document of a stream.
func readDocuments(r io.Reader, fn func(doc []byte) error) error {
	in := bufio.NewReaderSize(r, spoolBuffer)
	var doc []byte
	for {
		var err error
		if doc, err = readDocument(in, doc); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if err := fn(doc); err != nil {
			return err
		}
	}
}

// readDocument reads a document into buf, if it has room. It is io.EOF where
// the stream ends before one.
func readDocument(r io.Reader, buf []byte) ([]byte, error) {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, cut(err)
	}
	n := binary.LittleEndian.Uint32(head[:])
	if n < 5 || n > maxEntryBytes {
		return nil, errBSON("a document's length cannot be")
	}
	if cap(buf) < int(n) {
		buf = make([]byte, n)
	}
	buf = buf[:n]
	copy(buf, head[:])
	if _, err := io.ReadFull(r, buf[4:]); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, cut(err)
	}
	return buf, nil
}

// cut makes the error of a stream that ends within a document ours.
func cut(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return errBSON("a document is cut short")
	}
	if _, ok := errors.AsType[*tidemark.Error](err); ok || errors.Is(err, io.EOF) {
		return err
	}
	return tidemark.Errorf(tidemark.CodeInternal, "reading documents: %w", err)
}
