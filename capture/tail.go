package capture

import (
	"context"
	"encoding/binary"
	"errors"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tidemark"
	"tidemark/run"
	"tidemark/vault"
)

// Defaults of a TailRequest.
const (
	DefaultTailFor    = 20 * time.Second
	DefaultSliceEvery = 5 * time.Second
	DefaultSliceBytes = 16 << 20
)

// TailRequest asks for the oplog of a deployment to be followed for a while.
// Zero numbers have the defaults above.
type TailRequest struct {
	InstanceID tidemark.ID
	Source     tidemark.OplogSource
	Vault      *vault.Vault
	// After is the last entry that is in a slice.
	After tidemark.Timestamp
	// Note is told the name of an object before it is written; may be nil.
	Note func(ctx context.Context, object string) error
	// Keep records a slice whose object is in the vault. Only then are its
	// entries captured. An error of it ends the tail, and the object goes again.
	Keep func(ctx context.Context, s *tidemark.Slice) error

	For        time.Duration // how long to follow
	SliceEvery time.Duration // longest time between an entry and its slice
	SliceBytes int64         // BSON bytes of a slice, about
}

func (r TailRequest) withDefaults() TailRequest {
	if r.For <= 0 {
		r.For = DefaultTailFor
	}
	if r.SliceEvery <= 0 {
		r.SliceEvery = DefaultSliceEvery
	}
	if r.SliceBytes <= 0 {
		r.SliceBytes = DefaultSliceBytes
	}
	if r.Note == nil {
		r.Note = func(context.Context, string) error { return nil }
	}
	return r
}

// Tail follows the oplog of a deployment for a while and keeps it in slices,
// each linked to the one before by the timestamp that it follows. It returns
// the last entry that is kept, with an error too: a next Tail goes on after it,
// and no entry is lost or kept twice. CodeOplogGap if the deployment no longer
// has what comes next.
func Tail(ctx context.Context, req TailRequest) (tidemark.Timestamp, error) {
	t := &tailer{TailRequest: req.withDefaults()}
	defer t.abort()
	until := time.Now().Add(t.For)
	for {
		left := time.Until(until)
		if left <= 0 {
			return t.After, t.cut(ctx)
		}
		t.stop = time.Now().Add(min(t.SliceEvery, left))
		err := t.Source.ReadOplog(ctx, t.read(), min(t.SliceEvery, left), func(entry bson.Raw) error { return t.add(ctx, entry) })
		if err != nil && !errors.Is(err, errCut) {
			// What was read so far is good; it is kept if the vault lets it.
			if cutErr := t.cut(context.WithoutCancel(ctx)); cutErr != nil {
				return t.After, errors.Join(err, cutErr)
			}
			return t.After, err
		}
		if err := t.cut(ctx); err != nil {
			return t.After, err
		}
	}
}

// errCut ends a reading because the slice is full or due.
var errCut = errors.New("the slice is full")

// tailer is one Tail.
type tailer struct {
	TailRequest
	stop   time.Time // when the open slice is due
	object *vault.Writer
	writer *run.Writer
	slice  *tidemark.Slice // open; nil if it has no entry yet
	key    []byte
}

// read is the last entry that was read, kept or not.
func (t *tailer) read() tidemark.Timestamp {
	if t.slice != nil {
		return t.slice.Last
	}
	return t.After
}

// add puts an entry into the open slice.
func (t *tailer) add(ctx context.Context, entry bson.Raw) error {
	at, err := entryTime(entry)
	if err != nil {
		return err
	}
	if t.slice == nil {
		if err := t.begin(ctx, at); err != nil {
			return err
		}
	}
	t.key = SliceKey(t.key[:0], at)
	if err := t.writer.Put(t.key, entry); err != nil {
		return err
	}
	t.slice.Last = at
	t.slice.Entries++
	t.slice.RawBytes += int64(len(entry))
	if t.slice.RawBytes >= t.SliceBytes || time.Now().After(t.stop) {
		return errCut
	}
	return nil
}

// begin opens a slice whose first entry is at.
func (t *tailer) begin(ctx context.Context, at tidemark.Timestamp) error {
	// What was read is kept also when the context ends, so it must not end the
	// object.
	w, err := t.Vault.Create(context.WithoutCancel(ctx), vault.KindSlice)
	if err != nil {
		return err
	}
	if err := t.Note(ctx, w.Name()); err != nil {
		return errors.Join(err, w.Abort())
	}
	t.object, t.writer = w, run.NewWriter(&sink{writer: w}, run.WriterOptions{})
	t.slice = &tidemark.Slice{ID: tidemark.NewID(), InstanceID: t.InstanceID, After: t.After, First: at, Object: w.Name()}
	return nil
}

// cut keeps the open slice, if there is one.
func (t *tailer) cut(ctx context.Context) error {
	if t.slice == nil {
		return nil
	}
	s := t.slice
	t.slice = nil
	if _, err := t.writer.Finish(); err != nil {
		return err
	}
	s.StoredBytes, s.CreatedAt = t.object.StoredSize(), time.Now().UTC()
	if err := t.Keep(ctx, s); err != nil {
		return errors.Join(err, t.Vault.Delete(context.WithoutCancel(ctx), s.Object))
	}
	t.After = s.Last
	return nil
}

// abort drops the open slice.
func (t *tailer) abort() {
	if t.slice != nil {
		t.writer.Abort()
	}
}

// SliceKey appends the key of an oplog entry in a slice: no collection, then
// seconds and ordinal, big-endian.
func SliceKey(dst []byte, at tidemark.Timestamp) []byte {
	dst = append(dst, make([]byte, 16)...)
	dst = binary.BigEndian.AppendUint32(dst, at.T)
	return binary.BigEndian.AppendUint32(dst, at.I)
}

// entryTime reads the ts of an oplog entry.
func entryTime(entry bson.Raw) (tidemark.Timestamp, error) {
	t, i, ok := entry.Lookup("ts").TimestampOK()
	if !ok {
		return tidemark.Timestamp{}, tidemark.Errorf(tidemark.CodeInvalidData, "an oplog entry has no timestamp")
	}
	return tidemark.Timestamp{T: t, I: i}, nil
}
