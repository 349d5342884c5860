//go:build !race

package restore_test

// stride is how far apart the points are at which tests break a restore.
const stride = 1
