package tidemark

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// OplogSource is a deployment whose oplog can be read.
type OplogSource interface {
	Source
	// OplogWindow returns the first and the last entry that the oplog has. The
	// last is one that a majority has, so that it cannot be rolled back.
	// CodeNoOplog where the deployment has none.
	OplogWindow(ctx context.Context) (first, last Timestamp, err error)
	// ReadOplog calls fn with every entry after the given one, in order, each
	// once, as far as a majority has it. At the end of the log it waits up to
	// wait for more and then returns nil. The entry itself must still be in the
	// log, else entries may be lost: CodeOplogGap. entry is valid only during
	// the call. An error of fn ends the reading and is returned as it is.
	ReadOplog(ctx context.Context, after Timestamp, wait time.Duration, fn func(entry bson.Raw) error) error
}

// Capture is how far the continuous capture of an instance has come.
type Capture struct {
	InstanceID ID
	// Position is the last entry that is in a slice, or the entry that capture
	// began after. Zero before it began.
	Position Timestamp
	// WindowStart is the earliest instant that can be restored: the cluster
	// time of the oldest snapshot since which no entry was lost. Zero if there
	// is none yet.
	WindowStart Timestamp
	// GapAfter is where the last gap begins: the source no longer had the entry
	// that follows it. Zero if nothing was ever lost.
	GapAfter Timestamp
	// SourceTime is the newest entry of the source at SeenAt.
	SourceTime Timestamp
	SeenAt     time.Time
	// FailCode and FailReason tell why capture does not go on; empty while it does.
	FailCode   Code
	FailReason string
}

// Lag is how far capture was behind its source when it last looked.
func (c Capture) Lag() time.Duration {
	if c.SourceTime.Compare(c.Position) <= 0 {
		return 0
	}
	return time.Duration(c.SourceTime.T-c.Position.T) * time.Second
}

// Slice is a stretch of an oplog in the vault: all entries after After, up to
// and including Last.
type Slice struct {
	ID         ID
	InstanceID ID
	// After is the Last of the slice that it follows. A slice whose After is
	// not that of any other begins a window, after a gap or at the start.
	After       Timestamp
	First, Last Timestamp // of its entries
	Entries     int64
	RawBytes    int64 // BSON bytes of the entries
	StoredBytes int64 // of the object
	Object      string
	CreatedAt   time.Time
}
