package run

import (
	"context"
	"io"
	"slices"
)

// RunRef names a run and says what is in it, as far as a merge needs to know
// before it opens the run.
type RunRef struct {
	// Object is the name under which the run's bytes are stored.
	Object string `json:"object" bson:"object"`
	// Sequence orders runs in time: where a key is in several runs, the one of
	// the highest Sequence holds. Runs of one Sequence must not share a key.
	Sequence int `json:"sequence" bson:"sequence"`
	// First and Last are the smallest and the largest key.
	First []byte `json:"first" bson:"first"`
	Last  []byte `json:"last" bson:"last"`
	// Entries counts keys, RawBytes the BSON bytes of their documents and
	// StoredBytes those of the run.
	Entries     int64 `json:"entries" bson:"entries"`
	RawBytes    int64 `json:"rawBytes" bson:"rawBytes"`
	StoredBytes int64 `json:"storedBytes" bson:"storedBytes"`
}

// Info is what a writer says of a run it has finished.
type Info struct {
	First, Last []byte // smallest and largest key
	Entries     int64
	RawBytes    int64 // BSON bytes
	StoredBytes int64 // bytes given to the sink
}

// Ref is the RunRef of a run that was stored as object.
func (i Info) Ref(object string, sequence int) RunRef {
	return RunRef{
		Object: object, Sequence: sequence,
		First: slices.Clone(i.First), Last: slices.Clone(i.Last),
		Entries: i.Entries, RawBytes: i.RawBytes, StoredBytes: i.StoredBytes,
	}
}

// Sink takes the bytes of one run. After the last Write exactly one of Commit
// and Abort is called, once. Only Commit makes the object exist, and it is
// durable when Commit returns. Write must not keep p.
type Sink interface {
	Write(p []byte) (int, error)
	Commit() error
	Abort()
}

// CreateFunc makes the sink of a new run. The context is that of the call which
// needed the sink and may end before the sink does.
type CreateFunc func(ctx context.Context) (Sink, error)

// Source is the stored bytes of one run.
type Source interface {
	io.ReaderAt
	Size() int64
	Close() error
}

// OpenFunc opens a run for reading. Its errors reach the caller as they are.
type OpenFunc func(ctx context.Context, ref RunRef) (Source, error)
