package embedded

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"time"
)

// clockGrain is how much earlier than the clock a file system may say that a
// file was written.
const clockGrain = 20 * time.Millisecond

// awaitLaterSecond waits, a second at most, until the second is over in which
// dir was last written to. The server numbers the documents of capped
// collections by the second and a counter that begins with the process: in one
// second, the numbers of a second process would be those of the first, or
// smaller, and break the natural order.
func awaitLaterSecond(ctx context.Context, dir string) error {
	last, err := lastWrite(dir)
	if err != nil {
		return err
	}
	later := last.Add(clockGrain).Truncate(time.Second).Add(time.Second)
	// A clock that was set back is not waited for.
	wait := min(time.Until(later), time.Second+clockGrain)
	if wait <= 0 {
		return nil
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// lastWrite is when a data file of dir was last written to; zero if there is none.
func lastWrite(dir string) (time.Time, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return time.Time{}, err
	}
	var last time.Time
	for _, e := range entries {
		if e.Name() == lockName {
			continue
		}
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return time.Time{}, err
		}
		if info.ModTime().After(last) {
			last = info.ModTime()
		}
	}
	return last, nil
}
