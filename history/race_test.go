//go:build race

package history_test

// names of recordings that are short enough for the race detector.
var names = []string{"v5.0/crud", "v5.0/prepared"}
