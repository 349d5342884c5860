package mongo

import (
	"context"
	"errors"
	"sync"

	"go.mongodb.org/mongo-driver/v2/bson"
	xdriver "go.mongodb.org/mongo-driver/v2/x/mongo/driver"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/description"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/mnet"
)

// joinBelow is the size below which documents are copied behind the head of
// their message: one packet costs less than two.
const joinBelow = 32 << 10

// frames holds the buffers for the heads of messages, and for small ones whole.
var frames = sync.Pool{New: func() any { return new(make([]byte, 0, joinBelow+1024)) }}

// writable selects the members that take writes, as the driver's own selector
// does, which it keeps to itself.
var writable = selector(func(topo description.Topology, candidates []description.Server) ([]description.Server, error) {
	if topo.Kind == description.TopologyKindSingle || topo.Kind == description.TopologyKindLoadBalanced {
		return candidates, nil
	}
	var out []description.Server
	for _, s := range candidates {
		switch s.Kind {
		case description.ServerKindStandalone, description.ServerKindRSPrimary, description.ServerKindMongos:
			out = append(out, s)
		}
	}
	return out, nil
})

type selector func(description.Topology, []description.Server) ([]description.Server, error)

func (s selector) SelectServer(t description.Topology, c []description.Server) ([]description.Server, error) {
	return s(t, c)
}

// roundTrip sends a batch to the primary on one of the driver's connections and
// returns the reply of a command that was not refused as a whole. The driver
// hears of failures, so that it looks for a new primary.
func (in inserter) roundTrip(ctx context.Context, b batch) (bson.Raw, error) {
	d := in.deployment
	selectCtx, cancel := context.WithTimeout(ctx, d.topology.GetServerSelectionTimeout())
	server, err := d.topology.SelectServer(selectCtx, writable)
	cancel()
	if err != nil {
		return nil, err
	}
	conn, err := server.Connection(ctx)
	if err != nil {
		return nil, err
	}
	reply, err := in.exchange(ctx, conn, b)
	if err != nil {
		if p, ok := server.(xdriver.ErrorProcessor); ok {
			p.ProcessError(err, conn)
		}
		expire(conn)
		return nil, err
	}
	d.times.observe(reply)
	if err := xdriver.ExtractErrorFromServerResponse([]byte(reply)); err != nil {
		if _, partial := errors.AsType[xdriver.WriteCommandError](err); !partial {
			if p, ok := server.(xdriver.ErrorProcessor); ok {
				p.ProcessError(err, conn)
			}
			_ = conn.Close() // back to the pool, which says nothing of use
			return nil, err
		}
	}
	_ = conn.Close()
	return reply, nil
}

// exchange writes the message and reads its reply.
func (in inserter) exchange(ctx context.Context, conn *mnet.Connection, b batch) (bson.Raw, error) {
	buffer := frames.Get().(*[]byte)
	defer frames.Put(buffer)
	head, id := appendInsert((*buffer)[:0], in.db, in.name, in.flags, len(b.docs))
	*buffer = head
	if err := writeMessage(ctx, conn, buffer, b.docs); err != nil {
		return nil, err
	}
	reply, err := conn.Read(ctx)
	if err != nil {
		return nil, err
	}
	if reply, err = unpack(reply); err != nil {
		return nil, err
	}
	return replyDocument(reply, id)
}

// writeMessage writes head and documents: together when small or when the
// connection compresses, else one after the other without a copy.
func writeMessage(ctx context.Context, conn *mnet.Connection, head *[]byte, docs []byte) error {
	switch {
	case len(conn.Description().Compression) > 0:
		return writeCompressed(ctx, conn, *head, docs)
	case len(docs) < joinBelow:
		*head = append(*head, docs...)
		return conn.Write(ctx, *head)
	}
	if err := conn.Write(ctx, *head); err != nil {
		return err
	}
	return conn.Write(ctx, docs)
}

// expire closes a connection whose state is not known, instead of pooling it.
func expire(conn *mnet.Connection) {
	if e, ok := conn.ReadWriteCloser.(xdriver.Expirable); ok {
		_ = e.Expire()
		return
	}
	_ = conn.Close()
}

// answered is the error of the driver for an error of the server.
func answered(code int32, name, message string) error {
	return xdriver.Error{Code: code, Name: name, Message: message}
}
