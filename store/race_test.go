//go:build race

package store_test

// manyEvents is how many events TestManyEvents lists.
const manyEvents = 5_000

// modelChecks is how many cases the tests draw from their models, "" as many as
// usual. SQLite is Go here, which the race detector makes slow, and races do not
// depend on what is drawn.
const modelChecks = "8"
