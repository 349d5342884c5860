package oplogstore

import (
	"database/sql/driver"
	"sync"
	"sync/atomic"
	"time"

	"modernc.org/sqlite"
)

// nextFunction is the SQL function that the triggers call for a timestamp.
const nextFunction = "_tidemark_next_ts"

// Time is a timestamp as an integer that SQLite can hold until 2106: seconds
// shifted by incrementBits, and the ordinal within the second.
type Time int64

const incrementBits = 31

// Timestamp returns seconds and ordinal.
func (t Time) Timestamp() (sec, inc uint32) {
	return uint32(t >> incrementBits), uint32(t & (1<<incrementBits - 1))
}

// MakeTime is the time of seconds and ordinal. Ordinals that cannot be are cut.
func MakeTime(sec, inc uint32) Time {
	return Time(sec)<<incrementBits | Time(min(inc, 1<<incrementBits-1))
}

// clock is one for the process, since SQL functions are, and shared by all
// servers in it.
var clock atomic.Int64

// now is the last time that was given.
func now() Time { return Time(clock.Load()) }

// next is later than every time before.
func next() Time {
	for {
		last := clock.Load()
		t := max(int64(MakeTime(uint32(time.Now().Unix()), 1)), last+1)
		if clock.CompareAndSwap(last, t) {
			return Time(t)
		}
	}
}

// raise makes all that next gives later than t.
func raise(t Time) {
	for {
		last := clock.Load()
		if int64(t) <= last || clock.CompareAndSwap(last, int64(t)) {
			return
		}
	}
}

// Register makes the function of the triggers known to all connections of this
// process that are opened later. Writing to a file with triggers needs it.
var Register = sync.OnceValue(func() error {
	return sqlite.RegisterScalarFunction(nextFunction, 0, func(*sqlite.FunctionContext, []driver.Value) (driver.Value, error) {
		return int64(next()), nil
	})
})
