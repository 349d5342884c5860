package mongo

import (
	"encoding/binary"
	"sync/atomic"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
)

// The OP_MSG format is that of the specification
// https://github.com/mongodb/specifications/blob/master/source/message/OP_MSG.md:
// a header of four int32 (length, request id, response to, opcode), int32 flag
// bits, then sections. Kind 0 is one document; kind 1 an int32 length, a
// C string and documents back to back.
const (
	opMsg            = 2013
	headerBytes      = 16
	checksumPresent  = 1 << 0
	requiredFlagBits = 0xFFFF // bits a reader must know
	sequenceName     = "documents"
	// frameOverhead is more than everything of an insert but its documents:
	// header, flags, the command with two names of up to 255 bytes, the head of
	// the sequence. Servers ask for at least 16 kB besides.
	frameOverhead = 16 << 10
)

var requestIDs atomic.Int32

// insertFlags are the fields of an insert that depend on the server.
type insertFlags struct{ keepEmptyTimestamps bool }

// appendInsert appends everything of an insert message that comes before its
// documents, which are docBytes long, and returns the request's id.
func appendInsert(dst []byte, db, name string, flags insertFlags, docBytes int) ([]byte, int32) {
	start, id := len(dst), requestIDs.Add(1)
	dst = append(dst, 0, 0, 0, 0)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(id))
	dst = binary.LittleEndian.AppendUint32(dst, 0)
	dst = binary.LittleEndian.AppendUint32(dst, opMsg)
	dst = binary.LittleEndian.AppendUint32(dst, 0)

	dst = append(dst, 0)
	body := len(dst)
	dst = beginDocument(dst)
	dst = appendString(dst, "insert", name)
	dst = appendBool(dst, "ordered", false)
	dst = appendBool(dst, "bypassDocumentValidation", true)
	if flags.keepEmptyTimestamps {
		dst = appendBool(dst, "bypassEmptyTsReplacement", true)
	}
	dst = appendDocument(dst, "writeConcern", acknowledged)
	dst = appendString(dst, "$db", db)
	dst = endDocument(dst, body)

	dst = append(dst, 1)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(4+len(sequenceName)+1+docBytes))
	dst = append(append(dst, sequenceName...), 0)
	binary.LittleEndian.PutUint32(dst[start:], uint32(len(dst)-start+docBytes))
	return dst, id
}

// acknowledged is {w: 1}.
var acknowledged = bson.Raw(endDocument(appendInt32(beginDocument(nil), "w", 1), 0))

// replyDocument is the body of an OP_MSG reply to the request.
func replyDocument(msg []byte, id int32) (bson.Raw, error) {
	if len(msg) < headerBytes+4+1+5 {
		return nil, badReply("it is too short")
	}
	word := func(at int) uint32 { return binary.LittleEndian.Uint32(msg[at:]) }
	switch {
	case word(12) != opMsg:
		return nil, badReply("it is no OP_MSG")
	case word(8) != uint32(id):
		return nil, badReply("it is to another request")
	case word(16)&requiredFlagBits&^checksumPresent != 0:
		return nil, badReply("its flags are not known")
	case msg[headerBytes+4] != 0:
		return nil, badReply("it does not begin with a body")
	}
	doc := msg[headerBytes+4+1:]
	n := word(headerBytes + 4 + 1)
	if n < 5 || int64(n) > int64(len(doc)) {
		return nil, badReply("its body has no right length")
	}
	return bson.Raw(doc[:n]), nil
}

func badReply(why string) error {
	return tidemark.Errorf(tidemark.CodeTargetRefused, "the server's reply to an insert cannot be read: %s", why)
}
