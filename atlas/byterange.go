package atlas

import (
	"strconv"
	"strings"
)

// byteRange is a Range header of one range (RFC 9110 section 14).
type byteRange struct {
	from, to int64 // to is exclusive
	// suffix is the length of a range that counts from the end; else -1.
	suffix int64
}

// parseRange reads "bytes=a-b", "bytes=a-" or "bytes=-n". It is false for
// anything else, several ranges among it: such a header is ignored.
func parseRange(header string) (byteRange, bool) {
	spec, ok := strings.CutPrefix(header, "bytes=")
	first, last, dash := strings.Cut(strings.TrimSpace(spec), "-")
	if !ok || !dash {
		return byteRange{}, false
	}
	if first == "" {
		n, ok := digits(last)
		return byteRange{suffix: n}, ok
	}
	from, ok := digits(first)
	if !ok {
		return byteRange{}, false
	}
	if last == "" {
		return byteRange{from: from, to: -1, suffix: -1}, true
	}
	to, ok := digits(last)
	if !ok || to < from || to == 1<<63-1 {
		return byteRange{}, false
	}
	return byteRange{from: from, to: to + 1, suffix: -1}, true
}

// within makes the range absolute for a size; false if it has no byte of it.
func (b byteRange) within(size int64) (from, to int64, ok bool) {
	if b.suffix >= 0 {
		from = max(0, size-b.suffix)
		return from, size, from < size
	}
	to = b.to
	if to < 0 || to > size {
		to = size
	}
	return b.from, to, b.from < size
}

// digits reads a number without a sign.
func digits(s string) (int64, bool) {
	if s == "" || s[0] < '0' || s[0] > '9' {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}
