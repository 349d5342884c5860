package mongo

import (
	"encoding/binary"

	"tidemark"
)

// batch is documents back to back.
type batch struct {
	docs  []byte
	count int
}

// limits are those of one message.
type limits struct{ bytes, count int }

// cutBatch takes documents off the front of b up to the limits, but at least
// one: a document that is too large is the server's to refuse.
func cutBatch(b batch, l limits) (first, rest batch, err error) {
	end, n := 0, 0
	for end < len(b.docs) {
		size, err := documentSize(b.docs[end:])
		if err != nil {
			return batch{}, batch{}, err
		}
		if n > 0 && (end+size > l.bytes || n == l.count) {
			break
		}
		end += size
		n++
	}
	return batch{b.docs[:end], n}, batch{b.docs[end:], b.count - n}, nil
}

// documentSize is the length of the first document of docs.
func documentSize(docs []byte) (int, error) {
	if len(docs) < 5 {
		return 0, badDocuments("they end inside a document")
	}
	size := int(int32(binary.LittleEndian.Uint32(docs)))
	if size < 5 || size > len(docs) || docs[size-1] != 0 {
		return 0, badDocuments("the length of a document is wrong")
	}
	return size, nil
}

func badDocuments(why string) error {
	return tidemark.Errorf(tidemark.CodeInvalidData, "the documents to insert are malformed: %s", why)
}
