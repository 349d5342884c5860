//go:build !race

package node_test

// slowness is that of the race detector, which is not there.
const slowness = 1
