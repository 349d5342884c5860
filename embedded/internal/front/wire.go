package front

import (
	"encoding/binary"
	"errors"
	"io"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// The forms are those of
// https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/.
const (
	opMsg          = 2013
	headerBytes    = 16
	flagMoreToCome = 1 << 1
	// maxMessage is FerretDB's own limit.
	maxMessage = 48_000_000
	// keepBuffer is how large a connection's buffer may stay between messages.
	keepBuffer = 1 << 20
)

var errMalformed = errors.New("malformed message")

// readMessage reads one message into buf, which grows as needed.
func readMessage(r io.Reader, buf []byte) ([]byte, error) {
	if cap(buf) < 4096 || cap(buf) > keepBuffer {
		buf = make([]byte, 4096)
	}
	buf = buf[:headerBytes]
	if _, err := io.ReadFull(r, buf); err != nil {
		return buf, err
	}
	n := int(int32(binary.LittleEndian.Uint32(buf)))
	if n < headerBytes || n > maxMessage {
		return buf, errMalformed
	}
	if cap(buf) < n {
		buf = append(make([]byte, 0, n), buf...)
	}
	buf = buf[:n]
	_, err := io.ReadFull(r, buf[headerBytes:])
	return buf, err
}

// request is a message of a client. Its parts are valid as long as raw is.
type request struct {
	raw    []byte
	msg    bool // an OP_MSG; only the fields above are set otherwise
	silent bool // wants no reply
	body   bson.Raw
	name   string // of the command
	db     string
	target string // the value of the first field: mostly a collection
}

func parse(raw []byte) (request, error) {
	req := request{raw: raw}
	if binary.LittleEndian.Uint32(raw[12:]) != opMsg {
		return req, nil
	}
	req.msg = true
	b := raw[headerBytes:]
	if len(b) < 5 {
		return req, errMalformed
	}
	req.silent = binary.LittleEndian.Uint32(b)&flagMoreToCome != 0
	for b = b[4:]; len(b) > 4; { // four bytes may be a checksum
		n := int(binary.LittleEndian.Uint32(b[1:]))
		if b[0] > 1 || n < 5 || n > len(b)-1 {
			return req, errMalformed
		}
		if b[0] == 0 {
			req.body = bson.Raw(b[1 : 1+n])
		}
		b = b[1+n:]
	}
	if req.body == nil {
		return req, errMalformed
	}
	first, err := req.body.IndexErr(0)
	if err != nil {
		return req, errMalformed
	}
	req.name = first.Key()
	req.target, _ = first.Value().StringValueOK()
	req.db = stringAt(req.body, "$db")
	return req, nil
}

// appendMessage appends an OP_MSG with one document.
func appendMessage(dst []byte, id, responseTo int32, doc bson.Raw) []byte {
	dst = binary.LittleEndian.AppendUint32(dst, uint32(headerBytes+5+len(doc)))
	dst = binary.LittleEndian.AppendUint32(dst, uint32(id))
	dst = binary.LittleEndian.AppendUint32(dst, uint32(responseTo))
	dst = binary.LittleEndian.AppendUint32(dst, opMsg)
	dst = append(dst, 0, 0, 0, 0, 0) // flags and the kind of section
	return append(dst, doc...)
}

func (r request) id() int32 { return int32(binary.LittleEndian.Uint32(r.raw[4:])) }

func stringAt(doc bson.Raw, key string) string {
	value, err := doc.LookupErr(key)
	if err != nil {
		return ""
	}
	s, _ := value.StringValueOK()
	return s
}

func intAt(doc bson.Raw, key string) (int64, bool) {
	value, err := doc.LookupErr(key)
	if err != nil {
		return 0, false
	}
	return value.AsInt64OK()
}

func boolAt(doc bson.Raw, key string) bool {
	value, err := doc.LookupErr(key)
	if err != nil {
		return false
	}
	b, _ := value.BooleanOK()
	return b
}
