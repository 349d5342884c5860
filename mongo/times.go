package mongo

import (
	"context"
	"slices"
	"sync"

	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tidemark"
)

// times keeps the newest operation time any reply told, with the signed cluster
// time of that reply, which lets another member know of it.
type times struct {
	mu          sync.Mutex
	operation   tidemark.Timestamp
	clusterTime bson.Raw // the reply's {"$clusterTime": ...}, as sessions want it
}

// observe takes note of a reply.
func (t *times) observe(reply bson.Raw) {
	operation := timestampAt(reply, "operationTime")
	if operation.IsZero() {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if operation.Compare(t.operation) <= 0 {
		return
	}
	t.operation = operation
	if value, err := reply.LookupErr("$clusterTime"); err == nil {
		t.clusterTime = clusterTimeDocument(t.clusterTime[:0], value)
	}
}

// advance puts what a session reads after all that was observed.
func (t *times) advance(sess *driver.Session) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.operation.IsZero() {
		return nil
	}
	ts := t.operation.BSON()
	if err := sess.AdvanceOperationTime(&ts); err != nil || len(t.clusterTime) == 0 {
		return err
	}
	return sess.AdvanceClusterTime(slices.Clone(t.clusterTime))
}

// clusterTimeDocument appends {"$clusterTime": value} to dst.
func clusterTimeDocument(dst []byte, value bson.RawValue) bson.Raw {
	dst = beginDocument(dst)
	dst = append(dst, byte(value.Type))
	dst = append(dst, "$clusterTime\x00"...)
	dst = append(dst, value.Value...)
	return endDocument(dst, 0)
}

// session returns a context whose reads see everything up to the newest
// operation time this Deployment has been told of, and what ends the session.
func (d *Deployment) session(ctx context.Context) (context.Context, func(), error) {
	sess, err := d.client.StartSession(options.Session().SetCausalConsistency(true))
	if err != nil {
		return nil, nil, err
	}
	if err := d.times.advance(sess); err != nil {
		sess.EndSession(ctx)
		return nil, nil, err
	}
	end := func() { sess.EndSession(context.WithoutCancel(ctx)) }
	return driver.NewSessionContext(ctx, sess), end, nil
}

// timestampAt is the timestamp at a path of a document, zero if there is none.
func timestampAt(doc bson.Raw, path ...string) tidemark.Timestamp {
	value, err := doc.LookupErr(path...)
	if err != nil {
		return tidemark.Timestamp{}
	}
	t, i, _ := value.TimestampOK()
	return tidemark.Timestamp{T: t, I: i}
}
