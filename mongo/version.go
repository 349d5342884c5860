package mongo

import (
	"strconv"
	"strings"
)

// version is major, minor and patch.
type version [3]int

// parseVersion reads the number before any suffix, such as that of "5.0.0-rc4".
// What cannot be read is 0, the oldest.
func parseVersion(s string) version {
	var v version
	s, _, _ = strings.Cut(s, "-")
	for i, part := range strings.SplitN(s, ".", 4) {
		if i == len(v) {
			break
		}
		n, err := strconv.Atoi(part)
		if err != nil {
			break
		}
		v[i] = n
	}
	return v
}

// keepsEmptyTimestamps says whether insert knows bypassEmptyTsReplacement:
// since 8.0, and in the lines 7.0, 6.0 and 5.0 since 7.0.13, 6.0.17 and 5.0.29
// (SERVER-88750, TOOLS-3540). Older servers refuse the field, and put the time
// of the insert in the place of an empty timestamp.
func (v version) keepsEmptyTimestamps() bool {
	if v[0] >= 8 {
		return true
	}
	since := map[int]int{7: 13, 6: 17, 5: 29}
	patch, backported := since[v[0]]
	return backported && v[1] == 0 && v[2] >= patch
}
