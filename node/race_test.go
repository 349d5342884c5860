//go:build race

package node_test

// slowness is how much slower the race detector makes the embedded servers,
// which are this binary too, at the least.
const slowness = 4
