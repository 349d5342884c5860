package tidemark

import (
	"strconv"
	"strings"
)

// CheckRestoreVersions applies the rule of Atlas between the MongoDB version of
// a snapshot and that of a target: the target has the snapshot's major release,
// no older, or the next. A version that cannot be read passes. The error is
// CodeVersionMismatch.
func CheckRestoreVersions(snapshot, target string) error {
	from, okFrom := releaseOf(snapshot)
	to, okTo := releaseOf(target)
	if !okFrom || !okTo {
		return nil
	}
	if step := to.major - from.major; step == 1 || step == 0 && to.minor >= from.minor {
		return nil
	}
	return Errorf(CodeVersionMismatch,
		"a snapshot of MongoDB %s cannot be restored into MongoDB %s", snapshot, target).
		WithHint("the target must have the snapshot's major release or the next one").
		WithParams(snapshot, target)
}

// release is a MongoDB version: the ordinal of its major release, and the
// minor number that rapid releases have.
type release struct{ major, minor int }

// releaseOf reads the first two numbers of a version. Until 4.4 they were the
// name of a major release together, since 5.0 the first alone is.
func releaseOf(version string) (release, bool) {
	first, rest, _ := strings.Cut(version, ".")
	second, _, _ := strings.Cut(rest, ".")
	a, errA := strconv.Atoi(first)
	b, errB := strconv.Atoi(second)
	if errA != nil || errB != nil || a < 0 || b < 0 {
		return release{}, false
	}
	if a >= 5 {
		return release{major: a, minor: b}, true
	}
	// 4.0, 4.2 and 4.4 come just before 5; 3.0 to 3.6 before those.
	majors := map[int][2]int{4: {2, 2}, 3: {-2, 2}}
	base, ok := majors[a]
	if !ok {
		return release{}, false
	}
	return release{major: base[0] + b/base[1]}, true
}
