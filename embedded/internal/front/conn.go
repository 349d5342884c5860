package front

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"log/slog"
	"net"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark/embedded/internal/oplogstore"
)

// class is how a command is treated.
type class int

const (
	reads  class = iota
	writes       // documents or indexes of a collection, which is made if need be
	edits        // documents of a collection, if it is there
	alters       // which collections there are
)

// classes are those of FerretDB's commands that may write. Of the others none
// touches a database that has entries.
var classes = map[string]class{
	"insert": writes, "update": writes, "createIndexes": writes,
	"findAndModify": edits, "findandmodify": edits, "delete": edits, "dropIndexes": edits,
	"create": alters, "drop": alters, "dropDatabase": alters, "renameCollection": alters,
}

// conn is a client and the connection that is passed on for it.
type conn struct {
	front          *Front
	client, server net.Conn
	in, out        []byte
	nextID         int32
}

// run answers commands until either side goes or ctx is done.
func (c *conn) run(ctx context.Context) {
	for ctx.Err() == nil {
		var err error
		if c.in, err = readMessage(c.client, c.in); err != nil {
			return
		}
		req, err := parse(c.in)
		if err != nil {
			return
		}
		if err := c.answer(ctx, req); err != nil {
			return
		}
	}
}

func (c *conn) answer(ctx context.Context, req request) error {
	switch {
	case !req.msg:
		return c.relay(req)
	case isOplog(req):
		return c.reply(req, c.front.oplog(ctx, req))
	}
	db := req.db
	if req.name == "renameCollection" {
		db, _, _ = strings.Cut(req.target, ".")
	}
	kind := classes[req.name]
	if kind == reads || !oplogstore.Logged(db) {
		return c.relay(req)
	}
	// The entries of what has begun must be settled even while ctx ends.
	reply, err := c.write(context.WithoutCancel(ctx), req, db, kind)
	if err != nil || req.silent {
		return err
	}
	_, err = c.client.Write(reply)
	return err
}

// write passes a command on that has entries. Before it returns they can be seen.
func (c *conn) write(ctx context.Context, req request, name string, kind class) (reply []byte, err error) {
	db := c.front.database(name)
	if kind != alters {
		db.lock.RLock()
		if collection, known := db.collections[req.target]; known {
			defer db.lock.RUnlock()
			if collection.Capped {
				db.capped.Lock()
				defer db.capped.Unlock()
			}
			defer c.front.store.Begin().Done()
			return c.exchange(req.raw)
		}
		db.lock.RUnlock()
	}
	db.lock.Lock()
	defer db.lock.Unlock()
	defer c.front.store.Begin().Done()
	if err := c.prepare(ctx, req, name, db, kind); err != nil {
		return c.refusal(req, err), nil
	}
	reply, err = c.alone(ctx, req, name)
	if err := c.sync(ctx, name, db); err != nil {
		c.front.log.Error("the oplog of the embedded server is not kept", slog.String("database", name), slog.Any("error", err))
	}
	return reply, err
}

// prepare makes the collection that a command would make, with its triggers.
func (c *conn) prepare(ctx context.Context, req request, name string, db *database, kind class) error {
	if err := c.sync(ctx, name, db); err != nil {
		return err
	}
	makes := kind == writes || kind == edits && upserts(req.raw)
	if _, known := db.collections[req.target]; known || !makes {
		return nil
	}
	create, err := bson.Marshal(bson.D{{Key: "create", Value: req.target}, {Key: "$db", Value: name}})
	if err != nil {
		return err
	}
	// Where it fails the command itself will, and say why.
	if _, err := c.exchange(c.message(create)); err != nil {
		return err
	}
	return c.sync(ctx, name, db)
}

// sync learns the collections of a database. After an error none is known.
func (c *conn) sync(ctx context.Context, name string, db *database) (err error) {
	db.collections, err = c.front.store.Sync(ctx, name)
	return err
}

// alone passes a command on while no other runs on its database.
func (c *conn) alone(ctx context.Context, req request, name string) ([]byte, error) {
	if req.name != "dropDatabase" {
		return c.exchange(req.raw)
	}
	there, err := c.front.store.BeginDrop(ctx, name)
	if err != nil {
		return c.refusal(req, err), nil
	}
	reply, err := c.exchange(req.raw)
	if there {
		if endErr := c.front.store.EndDrop(ctx); endErr != nil {
			c.front.log.Error("the oplog of a dropped database is not settled yet", slog.String("database", name), slog.Any("error", endErr))
		}
	}
	return reply, err
}

// upserts says whether a message has a field upsert that is not false. What it
// finds inside a value at worst makes an empty collection.
func upserts(raw []byte) bool {
	field := []byte("upsert\x00")
	for {
		i := bytes.Index(raw, field)
		if i < 1 {
			return false
		}
		value := raw[i+len(field):]
		if raw[i-1] != byte(bson.TypeBoolean) || len(value) > 0 && value[0] != 0 {
			return true
		}
		raw = value
	}
}

func (c *conn) message(doc bson.Raw) []byte {
	c.nextID++
	return appendMessage(nil, c.nextID, 0, doc)
}

// exchange sends a message to the server and reads its reply, which is valid
// until the next one.
func (c *conn) exchange(raw []byte) ([]byte, error) {
	if _, err := c.server.Write(raw); err != nil {
		return nil, err
	}
	var err error
	c.out, err = readMessage(c.server, c.out)
	return c.out, err
}

// relay is exchange with the reply passed on while it comes: it may be large.
func (c *conn) relay(req request) error {
	if _, err := c.server.Write(req.raw); err != nil {
		return err
	}
	var header [headerBytes]byte
	if _, err := io.ReadFull(c.server, header[:]); err != nil {
		return err
	}
	n := int64(binary.LittleEndian.Uint32(header[:])) - headerBytes
	if n < 0 || n > maxMessage {
		return errMalformed
	}
	if n <= keepBuffer {
		c.out = append(append(c.out[:0], header[:]...), make([]byte, n)...)
		if _, err := io.ReadFull(c.server, c.out[headerBytes:]); err != nil || req.silent {
			return err
		}
		_, err := c.client.Write(c.out)
		return err
	}
	to := io.Writer(c.client)
	if req.silent {
		to = io.Discard
	}
	if _, err := to.Write(header[:]); err != nil {
		return err
	}
	_, err := io.CopyN(to, c.server, n)
	return err
}

// reply answers in the place of the server.
func (c *conn) reply(req request, doc bson.Raw) error {
	if req.silent {
		return nil
	}
	c.nextID++
	_, err := c.client.Write(appendMessage(nil, c.nextID, req.id(), doc))
	return err
}

// refusal is the answer to a command that was not passed on, since it could
// have no entries.
func (c *conn) refusal(req request, err error) []byte {
	c.nextID++
	return appendMessage(nil, c.nextID, req.id(), failure(codeInternal, "InternalError", "the oplog cannot be written: "+err.Error()))
}
