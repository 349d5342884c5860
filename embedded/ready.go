package embedded

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
)

const (
	opMsg        = 2013
	headerBytes  = 16
	maxHello     = 64 << 10
	helloTimeout = 2 * time.Second
	helloEvery   = 20 * time.Millisecond
)

// waitReady returns once the server at addr answers, ended is closed, or ctx
// is done.
func waitReady(ctx context.Context, addr string, ended <-chan struct{}) error {
	tick := time.NewTicker(helloEvery)
	defer tick.Stop()
	for {
		err := hello(ctx, addr)
		if err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-ended:
			return tidemark.Errorf(tidemark.CodeTargetUnreachable, "the embedded server at %s ended before it answered: %w", addr, err)
		case <-ctx.Done():
			return tidemark.Errorf(tidemark.CodeTargetUnreachable, "the embedded server at %s does not answer: %w", addr, err)
		}
	}
}

// hello sends one hello command (OP_MSG with a single body section) and reads
// the answer.
func hello(ctx context.Context, addr string) error {
	ctx, cancel := context.WithTimeout(ctx, helloTimeout)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Now()) })
	defer stop()

	cmd, err := bson.Marshal(bson.D{{Key: "hello", Value: 1}, {Key: "$db", Value: "admin"}})
	if err != nil {
		return err
	}
	msg := make([]byte, headerBytes+5, headerBytes+5+len(cmd))
	binary.LittleEndian.PutUint32(msg[0:], uint32(cap(msg)))
	binary.LittleEndian.PutUint32(msg[4:], 1)
	binary.LittleEndian.PutUint32(msg[12:], opMsg)
	if _, err := conn.Write(append(msg, cmd...)); err != nil {
		return err
	}
	header := make([]byte, headerBytes)
	if _, err := io.ReadFull(conn, header); err != nil {
		return err
	}
	n := binary.LittleEndian.Uint32(header)
	if n < headerBytes+5 || n > maxHello {
		return fmt.Errorf("an answer to hello of %d bytes", n)
	}
	body := make([]byte, n-headerBytes)
	if _, err := io.ReadFull(conn, body); err != nil {
		return err
	}
	answer := bson.Raw(body[5:])
	if err := answer.Validate(); err != nil {
		return err
	}
	if primary, ok := answer.Lookup("isWritablePrimary").BooleanOK(); !ok || !primary {
		return fmt.Errorf("the server is not writable")
	}
	return nil
}
