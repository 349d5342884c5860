//go:build race

package restore_test

// stride is how far apart the points are at which tests break a restore: the
// race detector makes the embedded servers, which are this binary too, slow.
const stride = 9
