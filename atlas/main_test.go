package atlas_test

import (
	"flag"
	"fmt"
	"os"
	"testing"

	"tidemark/atlas/contract"
)

// coverageFile is the page that says what of the contract the tests reach.
const coverageFile = "../docs/atlas-coverage.md"

// TestMain fails a whole run that has left a version of an operation out, or
// that reached something else than the page says; -update writes the page.
func TestMain(m *testing.M) {
	flag.Parse()
	code := m.Run()
	if code == 0 && whole() {
		if err := checkCoverage(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// whole says whether all tests have run, and not a part or a fuzz target.
func whole() bool {
	for name, usual := range map[string]string{"test.run": "", "test.skip": "", "test.list": "", "test.fuzz": "", "test.fuzzworker": "false"} {
		if f := flag.Lookup(name); f != nil && f.Value.String() != usual {
			return false
		}
	}
	return true
}

func checkCoverage() error {
	document, err := contract.Load()
	if err != nil {
		return err
	}
	if missing := document.Unreached(); len(missing) > 0 {
		return fmt.Errorf("versions of operations at which no test has succeeded: %v", missing)
	}
	page := document.Coverage()
	if *update {
		return os.WriteFile(coverageFile, []byte(page), 0o644)
	}
	if was, err := os.ReadFile(coverageFile); err != nil || string(was) != page {
		return fmt.Errorf("%s is not what the tests reach (%v): run go test ./atlas -update and commit it", coverageFile, err)
	}
	return nil
}
