package mongo

import (
	"context"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
)

// Insert sends docs in as few messages as the server's limits allow, each with
// write concern w:1 and without validation, and tries each again on its own.
// The documents go to the socket out of docs itself: nothing may change them
// before Insert returns. Time-series storage is named by its own name.
func (d *Deployment) Insert(ctx context.Context, db, name string, docs []byte, count int) error {
	info, err := d.serverInfo(ctx)
	if err != nil {
		return err
	}
	in := inserter{
		deployment: d,
		db:         db,
		name:       name,
		flags:      insertFlags{keepEmptyTimestamps: !info.Embedded && parseVersion(info.Version).keepsEmptyTimestamps()},
	}
	rest := batch{docs, count}
	for len(rest.docs) > 0 {
		var next batch
		next, rest, err = cutBatch(rest, limits{info.MaxBatchBytes - frameOverhead, info.MaxBatchCount})
		if err != nil {
			return err
		}
		if rest.count < 0 || len(rest.docs) == 0 && rest.count != 0 {
			return badDocuments(fmt.Sprintf("they are not %d", count))
		}
		if err := in.send(ctx, next); err != nil {
			return err
		}
	}
	if rest.count != 0 {
		return badDocuments(fmt.Sprintf("they are not %d", count))
	}
	return nil
}

// inserter writes batches into one collection.
type inserter struct {
	deployment *Deployment
	db, name   string
	flags      insertFlags
}

// send writes a batch that one message holds.
func (in inserter) send(ctx context.Context, b batch) error {
	var out outcome
	err := in.deployment.retry(ctx, "insert into "+in.db+"."+in.name, func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, in.deployment.opts.OperationTimeout)
		defer cancel()
		reply, err := in.roundTrip(ctx, b)
		if err != nil {
			return err
		}
		out, err = readOutcome(reply)
		return err
	})
	if err != nil {
		return err
	}
	if out.refused != nil {
		return in.refusal(*out.refused)
	}
	if done := out.written + out.duplicates + len(out.unnamed); done != b.count {
		return tidemark.Errorf(tidemark.CodeTargetRefused, "the server took %d of %d documents for %s.%s and names no reason",
			done, b.count, in.db, in.name)
	}
	return in.checkPresent(ctx, b, out.unnamed)
}

// refusal names what the server said without values of the document.
func (in inserter) refusal(e writeError) error {
	v := verdictOf(e.code, "")
	what := nameOf(e.code, v.name)
	if e.index != "" {
		what += " in the index " + e.index
	}
	return tidemark.Errorf(tidemark.CodeTargetRefused, "the server refuses a document for %s.%s: %s", in.db, in.name, what).
		WithHint("%s", v.hint).WithParams(in.db+"."+in.name, e.code)
}

// writeError is an entry of an insert's writeErrors.
type writeError struct {
	code  int32
	index string // the name of the index of a duplicate key; may be empty
}

// outcome sums up the reply to an insert.
type outcome struct {
	written    int
	duplicates int         // their _id was there
	unnamed    []int       // places in the batch of duplicates of an index that is not named
	refused    *writeError // the first error that is not about to pass
}

// readOutcome reads a reply. Errors that may pass are returned as such, for a
// retry of the whole batch.
func readOutcome(reply bson.Raw) (outcome, error) {
	var out outcome
	n, _ := intAt(reply, "n")
	out.written = int(n)
	if value, err := reply.LookupErr("writeErrors"); err == nil {
		list, _ := value.ArrayOK()
		entries, err := list.Values()
		if err != nil {
			return out, badReply("its write errors are malformed")
		}
		for _, entry := range entries {
			doc, _ := entry.DocumentOK()
			if err := out.count(doc); err != nil {
				return out, err
			}
		}
	}
	if value, err := reply.LookupErr("writeConcernError"); err == nil {
		doc, _ := value.DocumentOK()
		code, _ := intAt(doc, "code")
		return out, answered(int32(code), stringAt(doc, "codeName"), stringAt(doc, "errmsg"))
	}
	return out, nil
}

// count sorts one write error in.
func (out *outcome) count(doc bson.Raw) error {
	wide, _ := intAt(doc, "code")
	code := int32(wide)
	if code == codeDuplicateKey {
		switch index, isID := duplicateIndex(doc); {
		case isID:
			out.duplicates++
		case index == "":
			place, _ := intAt(doc, "index")
			out.unnamed = append(out.unnamed, int(place))
		case out.refused == nil:
			out.refused = &writeError{code, index}
		}
		return nil
	}
	if verdictOf(code, "").transient {
		return answered(code, "", "a write error")
	}
	if out.refused == nil {
		out.refused = &writeError{code: code}
	}
	return nil
}
