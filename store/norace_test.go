//go:build !race

package store_test

// manyEvents is how many events TestManyEvents lists.
const manyEvents = 100_000

// modelChecks is how many cases the tests draw from their models, "" as many as
// usual.
const modelChecks = ""
