//go:build !race

package store_test

// manyEvents is how many events TestManyEvents lists.
const manyEvents = 100_000
