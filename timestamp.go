package tidemark

import (
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// Timestamp is a cluster time: seconds since the Unix epoch and the ordinal of
// the oplog entry within that second. The zero value means "not known".
type Timestamp struct {
	T uint32 // seconds since 1970-01-01T00:00:00Z
	I uint32 // 1 for the first entry of the second
}

// TimestampOf converts the BSON form.
func TimestampOf(ts bson.Timestamp) Timestamp { return Timestamp{T: ts.T, I: ts.I} }

// BSON converts to the BSON form.
func (ts Timestamp) BSON() bson.Timestamp { return bson.Timestamp{T: ts.T, I: ts.I} }

// IsZero says whether the time is not known.
func (ts Timestamp) IsZero() bool { return ts == Timestamp{} }

// Compare returns -1, 0 or +1 as ts is before, at or after other.
func (ts Timestamp) Compare(other Timestamp) int {
	switch a, b := ts.packed(), other.packed(); {
	case a < b:
		return -1
	case a > b:
		return 1
	default:
		return 0
	}
}

func (ts Timestamp) packed() uint64 { return uint64(ts.T)<<32 | uint64(ts.I) }

// Time is the start of the timestamp's second, UTC.
func (ts Timestamp) Time() time.Time { return time.Unix(int64(ts.T), 0).UTC() }

// String has the form a restore takes: "1700000000:3".
func (ts Timestamp) String() string { return fmt.Sprintf("%d:%d", ts.T, ts.I) }
