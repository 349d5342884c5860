//go:build !race

package history_test

// names of recordings whose base is of one instant.
var names = []string{"v4.4/ddl", "v4.4/diffs", "v4.4/prepared", "v4.4/transactions",
	"v5.0/crud", "v5.0/ddl", "v5.0/prepared", "v5.0/transactions", "v5.0/types"}
