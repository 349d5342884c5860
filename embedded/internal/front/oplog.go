package front

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark/embedded/internal/oplogstore"
)

const (
	oplogDB         = "local"
	oplogCollection = "oplog.rs"
	oplogNS         = oplogDB + "." + oplogCollection

	codeInternal       = 1
	codeBadValue       = 2
	codeIllegal        = 20
	codeCursorNotFound = 43
	codeExists         = 48
	codeUnsupported    = 115

	// batchBytes bounds a reply, which has one entry all the same.
	batchBytes = 4 << 20
	// firstBatch is how many entries a reply to find has, as in MongoDB.
	firstBatch = 101
	// defaultAwait is how long a cursor that awaits data is held, and
	// longestAwait bounds what a client may ask for.
	defaultAwait = time.Second
	longestAwait = time.Minute
)

// isOplog says whether a command is on the oplog.
func isOplog(req request) bool {
	if req.db != oplogDB {
		return false
	}
	return req.target == oplogCollection || req.name == "getMore" && stringAt(req.body, "collection") == oplogCollection
}

// oplog answers a command on the oplog.
func (f *Front) oplog(ctx context.Context, req request) bson.Raw {
	if err := req.body.Validate(); err != nil {
		return failure(codeBadValue, "BadValue", "the command is malformed")
	}
	switch req.name {
	case "find":
		return f.find(ctx, req.body)
	case "getMore":
		return f.getMore(ctx, req.body)
	case "killCursors":
		return f.killCursors(req.body)
	case "count":
		return f.count(ctx, req.body)
	case "collStats":
		return f.collStats(ctx)
	case "create":
		return failure(codeExists, "NamespaceExists", "the collection "+oplogNS+" exists already")
	case "insert", "update", "delete", "findAndModify", "findandmodify", "drop", "renameCollection", "createIndexes", "dropIndexes":
		return failure(codeIllegal, "IllegalOperation", "the oplog is written by the server alone")
	}
	return failure(codeUnsupported, "CommandNotSupported", "the embedded server has no "+req.name+" on its oplog")
}

func (f *Front) find(ctx context.Context, cmd bson.Raw) bson.Raw {
	c, err := parseFind(cmd)
	if err != nil {
		return failure(codeBadValue, "BadValue", err.Error())
	}
	size, sized := intAt(cmd, "batchSize")
	if !sized {
		size = firstBatch
	}
	batch, err := f.batch(ctx, c, size)
	if err != nil {
		return failure(codeInternal, "InternalError", err.Error())
	}
	var id int64
	if !c.ended && !boolAt(cmd, "singleBatch") {
		if id, err = f.cursors.add(c); err != nil {
			return failure(codeInternal, "InternalError", err.Error())
		}
	}
	return cursorReply("firstBatch", batch, id)
}

func (f *Front) getMore(ctx context.Context, cmd bson.Raw) bson.Raw {
	id, _ := intAt(cmd, "getMore")
	c := f.cursors.get(id)
	if c == nil {
		return failure(codeCursorNotFound, "CursorNotFound", "the cursor is not there, or no more")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	size, sized := intAt(cmd, "batchSize")
	if !sized || size <= 0 {
		size = int64(maxMessage)
	}
	batch, err := f.awaitBatch(ctx, c, size, awaitOf(cmd))
	if err != nil {
		return failure(codeInternal, "InternalError", err.Error())
	}
	if c.ended {
		f.cursors.remove(id)
		id = 0
	}
	return cursorReply("nextBatch", batch, id)
}

func awaitOf(cmd bson.Raw) time.Duration {
	ms, ok := intAt(cmd, "maxTimeMS")
	if !ok || ms <= 0 {
		return defaultAwait
	}
	return min(time.Duration(ms)*time.Millisecond, longestAwait)
}

// awaitBatch waits for an entry where the cursor awaits data.
func (f *Front) awaitBatch(ctx context.Context, c *cursor, size int64, wait time.Duration) ([]byte, error) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	for {
		changed := f.store.Changed()
		batch, err := f.batch(ctx, c, size)
		if err != nil || c.count > 0 || c.ended || !c.await {
			return batch, err
		}
		select {
		case <-changed:
		case <-timer.C:
			return batch, nil
		case <-ctx.Done():
			return batch, nil
		}
	}
}

// batch reads entries on into the elements of an array.
func (f *Front) batch(ctx context.Context, c *cursor, size int64) ([]byte, error) {
	if c.left > 0 {
		size = min(size, c.left)
	}
	c.count = 0
	var elements []byte
	full := size == 0
	if !full {
		// What has begun to be read is read on even while the server stops.
		err := f.store.Read(context.WithoutCancel(ctx), c.at, func(t oplogstore.Time, entry []byte) bool {
			if c.count > 0 && len(elements)+len(entry) > batchBytes {
				full = true
				return false
			}
			elements = appendElement(elements, c.count, entry)
			c.count++
			c.moveBehind(t)
			full = int64(c.count) == size
			return !full
		})
		if err != nil {
			return nil, err
		}
	}
	if c.left > 0 {
		c.left -= int64(c.count)
		c.ended = c.left == 0
	}
	c.ended = c.ended || !full && !c.tailable
	return elements, nil
}

func (f *Front) killCursors(cmd bson.Raw) bson.Raw {
	killed := bson.A{}
	if list, err := cmd.LookupErr("cursors"); err == nil {
		array, _ := list.ArrayOK()
		ids, _ := array.Values()
		for _, v := range ids {
			if id, ok := v.AsInt64OK(); ok {
				f.cursors.remove(id)
				killed = append(killed, id)
			}
		}
	}
	return document(bson.D{{Key: "cursorsKilled", Value: killed}, {Key: "cursorsNotFound", Value: bson.A{}},
		{Key: "cursorsAlive", Value: bson.A{}}, {Key: "cursorsUnknown", Value: bson.A{}}, {Key: "ok", Value: 1.0}})
}

func (f *Front) count(ctx context.Context, cmd bson.Raw) bson.Raw {
	var r oplogstore.Range
	if query, err := cmd.LookupErr("query"); err == nil {
		doc, _ := query.DocumentOK()
		if r, err = parseFilter(doc); err != nil {
			return failure(codeBadValue, "BadValue", err.Error())
		}
	}
	n := int64(0)
	err := f.store.Read(ctx, r, func(oplogstore.Time, []byte) bool { n++; return true })
	if err != nil {
		return failure(codeInternal, "InternalError", err.Error())
	}
	return document(bson.D{{Key: "n", Value: n}, {Key: "ok", Value: 1.0}})
}

func (f *Front) collStats(ctx context.Context) bson.Raw {
	entries, bytes, err := f.store.Size(ctx)
	if err != nil {
		return failure(codeInternal, "InternalError", err.Error())
	}
	return document(bson.D{{Key: "ns", Value: oplogNS}, {Key: "size", Value: bytes}, {Key: "count", Value: entries},
		{Key: "avgObjSize", Value: bytes / max(entries, 1)}, {Key: "storageSize", Value: bytes}, {Key: "capped", Value: true},
		{Key: "max", Value: int64(0)}, {Key: "maxSize", Value: f.limit}, {Key: "nindexes", Value: int32(0)}, {Key: "ok", Value: 1.0}})
}
