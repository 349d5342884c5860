package mongotest

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"sync/atomic"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// NullServer is a standalone MongoDB 7.0.14 that accepts every command, counts
// inserted documents and keeps nothing: listings and finds are empty.
type NullServer struct {
	listener         *listener
	documents, bytes atomic.Int64
}

// StartNull starts a null server in this process.
func StartNull() (*NullServer, error) {
	s := &NullServer{}
	var err error
	s.listener, err = listen(s.serve)
	return s, err
}

// URI is the connection string.
func (s *NullServer) URI() string { return s.listener.uri() }

// Documents is how many documents were inserted so far.
func (s *NullServer) Documents() int64 { return s.documents.Load() }

// Bytes is how many BSON bytes were inserted so far.
func (s *NullServer) Bytes() int64 { return s.bytes.Load() }

// Close stops the server.
func (s *NullServer) Close() error { return s.listener.close() }

func (s *NullServer) serve(conn net.Conn) {
	c := nullConn{server: s, in: bufio.NewReaderSize(conn, 256<<10), out: conn}
	for c.one() == nil {
	}
}

// nullConn reads documents past without keeping them, so that an insert costs
// no allocation and stays in the processor's cache.
type nullConn struct {
	server *NullServer
	in     *bufio.Reader
	out    io.Writer
	rest   int // bytes of the message that are still to be read
	body   []byte
	reply  []byte
}

// one serves one message.
func (c *nullConn) one() error {
	header, err := c.in.Peek(headerBytes + 4)
	if err != nil {
		return err
	}
	if binary.LittleEndian.Uint32(header[12:]) != opMsg {
		return c.slow()
	}
	c.rest = int(int32(binary.LittleEndian.Uint32(header)))
	id := int32(binary.LittleEndian.Uint32(header[4:]))
	flags := binary.LittleEndian.Uint32(header[headerBytes:])
	if err := c.skip(headerBytes + 4); err != nil {
		return err
	}
	if flags&flagChecksum != 0 || c.rest > maxMessage {
		return errMalformed
	}
	c.body = c.body[:0]
	documents := int32(0)
	for c.rest > 0 {
		n, err := c.section()
		if err != nil {
			return err
		}
		documents += n
	}
	cmd := Command{requestID: id, Body: c.body}
	if len(c.body) < 6 {
		return errMalformed
	}
	if bytes.HasPrefix(c.body[5:], insertKey) {
		return c.answerInsert(cmd, documents)
	}
	if flags&flagMoreToCome != 0 {
		return nil
	}
	if cmd.Name, _, err = cString(c.body[5:]); err != nil {
		return err
	}
	return c.send(cmd, c.server.answer(cmd))
}

// slow serves a legacy greeting.
func (c *nullConn) slow() error {
	msg, err := readMessage(c.in, nil)
	if err != nil {
		return err
	}
	cmd, err := parseCommand(msg)
	if err != nil {
		return err
	}
	return c.send(cmd, c.server.answer(cmd))
}

// section reads one section and returns how many documents of a sequence it had.
func (c *nullConn) section() (documents int32, err error) {
	head, err := c.in.Peek(5)
	if err != nil {
		return 0, err
	}
	kind, n := head[0], int(int32(binary.LittleEndian.Uint32(head[1:])))
	if n < 5 || 1+n > c.rest {
		return 0, errMalformed
	}
	if kind == 0 {
		if err := c.skip(1); err != nil {
			return 0, err
		}
		if cap(c.body) < n {
			c.body = make([]byte, n)
		}
		c.body = c.body[:n]
		c.rest -= n
		_, err := io.ReadFull(c.in, c.body)
		return 0, err
	}
	end := c.rest - 1 - n
	if err := c.skip(5); err != nil {
		return 0, err
	}
	name, err := c.in.ReadSlice(0)
	if err != nil {
		return 0, err
	}
	c.rest -= len(name)
	return c.documents(end)
}

// documents reads documents past until end bytes of the message are left.
func (c *nullConn) documents(end int) (count int32, err error) {
	total := c.rest - end
	for c.rest > end {
		head, err := c.in.Peek(4)
		if err != nil {
			return 0, err
		}
		n := int(int32(binary.LittleEndian.Uint32(head)))
		if n < 5 || n > c.rest-end {
			return 0, errMalformed
		}
		if err := c.skip(n); err != nil {
			return 0, err
		}
		count++
	}
	c.server.documents.Add(int64(count))
	c.server.bytes.Add(int64(total))
	return count, nil
}

func (c *nullConn) skip(n int) error {
	c.rest -= n
	_, err := c.in.Discard(n)
	return err
}

// answerInsert answers {n: count, ok: 1}. Documents in the body's own array,
// as RunCommand sends them, are counted here.
func (c *nullConn) answerInsert(cmd Command, count int32) error {
	docs, err := cmd.Documents()
	if err != nil {
		return err
	}
	count += int32(len(docs))
	c.server.documents.Add(int64(len(docs)))
	for _, doc := range docs {
		c.server.bytes.Add(int64(len(doc)))
	}
	c.reply = appendReply(c.reply[:0], cmd, insertedNone)
	binary.LittleEndian.PutUint32(insertedAt(c.reply), uint32(count))
	_, err = c.out.Write(c.reply)
	return err
}

var insertKey = []byte("insert\x00")

var insertedNone = OK(bson.E{Key: "n", Value: int32(0)})

// insertedAt is the place of n in a reply made of insertedNone: behind the
// header, flags, kind, the document's length, a type byte and "n\0".
func insertedAt(reply []byte) []byte { return reply[headerBytes+4+1+4+1+2:] }

func (c *nullConn) send(cmd Command, doc bson.Raw) error {
	_, err := c.out.Write(appendReply(nil, cmd, doc))
	return err
}

// answer is the reply to anything but an insert.
func (s *NullServer) answer(cmd Command) bson.Raw {
	switch cmd.Name {
	case "hello", "isMaster", "ismaster":
		return hello(s.listener.tcp.Addr().String(), "")
	case "buildInfo":
		return OK(bson.E{Key: "version", Value: "7.0.14"}, bson.E{Key: "versionArray", Value: bson.A{int32(7), int32(0), int32(14), int32(0)}})
	case "listDatabases":
		return OK(bson.E{Key: "databases", Value: bson.A{}})
	case "listCollections", "listIndexes", "find", "aggregate":
		return OK(bson.E{Key: "cursor", Value: bson.D{
			{Key: "id", Value: int64(0)},
			{Key: "ns", Value: "null.null"},
			{Key: "firstBatch", Value: bson.A{}},
		}})
	case "count":
		return OK(bson.E{Key: "n", Value: int32(0)})
	case statsCommand:
		return OK(bson.E{Key: "documents", Value: s.Documents()}, bson.E{Key: "bytes", Value: s.Bytes()})
	}
	return OK()
}

// statsCommand asks a null server, in whatever process, for its counts.
const statsCommand = "nullStats"
