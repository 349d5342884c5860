package mongotest

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// The opcodes and forms are those of
// https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/.
const (
	opReply     = 1
	opQuery     = 2004
	opMsg       = 2013
	headerBytes = 16
	maxMessage  = 48_000_000

	flagChecksum   = 1 << 0
	flagMoreToCome = 1 << 1
)

// Sequence is a kind-1 section: documents back to back under a name.
type Sequence struct {
	Name string
	Docs []byte
}

// Command is a message of a client. Its bytes are valid until the next message
// of the same connection is read.
type Command struct {
	Name      string // such as "insert": the first field of the body
	DB        string
	Body      bson.Raw
	Sequences []Sequence

	requestID int32
	legacy    bool // came as OP_QUERY
	silent    bool // wants no reply
}

// Documents returns the documents of an insert, wherever they are in the message.
func (c Command) Documents() ([]bson.Raw, error) {
	var docs []bson.Raw
	if list, err := c.Body.LookupErr("documents"); err == nil {
		values, err := list.Array().Values()
		if err != nil {
			return nil, err
		}
		for _, v := range values {
			docs = append(docs, v.Document())
		}
	}
	for _, s := range c.Sequences {
		for rest := s.Docs; len(rest) > 0; {
			n, err := documentLength(rest)
			if err != nil {
				return nil, err
			}
			docs = append(docs, rest[:n])
			rest = rest[n:]
		}
	}
	return docs, nil
}

// readMessage reads one message into buf, which grows as needed.
func readMessage(r io.Reader, buf []byte) ([]byte, error) {
	if cap(buf) < headerBytes {
		buf = make([]byte, 4096)
	}
	buf = buf[:headerBytes]
	if _, err := io.ReadFull(r, buf); err != nil {
		return buf, err
	}
	n := int(int32(binary.LittleEndian.Uint32(buf)))
	if n < headerBytes || n > maxMessage {
		return buf, fmt.Errorf("a message of %d bytes", n)
	}
	if cap(buf) < n {
		buf = append(make([]byte, 0, n), buf...)
	}
	buf = buf[:n]
	_, err := io.ReadFull(r, buf[headerBytes:])
	return buf, err
}

var errMalformed = errors.New("malformed message")

// parseCommand reads an OP_MSG or the OP_QUERY of a greeting.
func parseCommand(msg []byte) (Command, error) {
	cmd := Command{requestID: int32(binary.LittleEndian.Uint32(msg[4:]))}
	var err error
	switch opcode := binary.LittleEndian.Uint32(msg[12:]); opcode {
	case opMsg:
		err = cmd.parseSections(msg[headerBytes:])
	case opQuery:
		err = cmd.parseQuery(msg[headerBytes:])
	default:
		return cmd, fmt.Errorf("opcode %d", opcode)
	}
	if err != nil {
		return cmd, err
	}
	first, err := cmd.Body.IndexErr(0)
	if err != nil {
		return cmd, errMalformed
	}
	cmd.Name = first.Key()
	return cmd, nil
}

func (c *Command) parseSections(b []byte) error {
	if len(b) < 4 {
		return errMalformed
	}
	flags := binary.LittleEndian.Uint32(b)
	c.silent = flags&flagMoreToCome != 0
	b = b[4:]
	if flags&flagChecksum != 0 {
		if len(b) < 4 {
			return errMalformed
		}
		b = b[:len(b)-4]
	}
	for len(b) > 0 {
		kind := b[0]
		n, err := documentLength(b[1:]) // both kinds begin with their length
		if err != nil {
			return err
		}
		section := b[1 : 1+n]
		b = b[1+n:]
		switch kind {
		case 0:
			c.Body = section
		case 1:
			name, docs, err := cString(section[4:])
			if err != nil {
				return err
			}
			c.Sequences = append(c.Sequences, Sequence{name, docs})
		default:
			return errMalformed
		}
	}
	if db, err := c.Body.LookupErr("$db"); err == nil {
		c.DB, _ = db.StringValueOK()
	}
	return nil
}

func (c *Command) parseQuery(b []byte) error {
	if len(b) < 4 {
		return errMalformed
	}
	c.legacy = true
	collection, rest, err := cString(b[4:])
	if err != nil || len(rest) < 8 {
		return errMalformed
	}
	n, err := documentLength(rest[8:])
	if err != nil {
		return err
	}
	c.Body = rest[8 : 8+n]
	c.DB = collection[:max(0, len(collection)-len(".$cmd"))]
	return nil
}

func documentLength(b []byte) (int, error) {
	if len(b) < 5 {
		return 0, errMalformed
	}
	n := int(int32(binary.LittleEndian.Uint32(b)))
	if n < 5 || n > len(b) {
		return 0, errMalformed
	}
	return n, nil
}

func cString(b []byte) (s string, rest []byte, err error) {
	for i, c := range b {
		if c == 0 {
			return string(b[:i]), b[i+1:], nil
		}
	}
	return "", nil, errMalformed
}

// appendReply appends the reply to a command, in the form it came in.
func appendReply(dst []byte, to Command, doc bson.Raw) []byte {
	start := len(dst)
	dst = append(dst, 0, 0, 0, 0, 0, 0, 0, 0)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(to.requestID))
	if to.legacy {
		dst = binary.LittleEndian.AppendUint32(dst, opReply)
		dst = append(dst, make([]byte, 4+8+4)...) // flags, cursor id, starting from
		dst = binary.LittleEndian.AppendUint32(dst, 1)
	} else {
		dst = binary.LittleEndian.AppendUint32(dst, opMsg)
		dst = append(dst, 0, 0, 0, 0, 0) // flags, kind 0
	}
	dst = append(dst, doc...)
	binary.LittleEndian.PutUint32(dst[start:], uint32(len(dst)-start))
	return dst
}
