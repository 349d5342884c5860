package atlas_test

import (
	"flag"
	"fmt"
	"os"
	"testing"

	"tidemark/atlas/contract"
)

// TestMain prints what of the contract the tests have reached, and fails a
// whole run that has left an operation out.
func TestMain(m *testing.M) {
	flag.Parse()
	code := m.Run()
	d, err := contract.Load()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	whole := flag.Lookup("test.run").Value.String() == "" && flag.Lookup("test.fuzz").Value.String() == "" && !isFuzzWorker()
	if testing.Verbose() && whole {
		fmt.Print(d.Coverage())
	}
	if ids := d.Unreached(); code == 0 && whole && len(ids) > 0 {
		fmt.Fprintln(os.Stderr, "versions of operations at which no test has succeeded:", ids)
		code = 1
	}
	os.Exit(code)
}

func isFuzzWorker() bool {
	f := flag.Lookup("test.fuzzworker")
	return f != nil && f.Value.String() == "true"
}
