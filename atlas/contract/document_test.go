package contract_test

import (
	"slices"
	"testing"

	"tidemark/atlas/contract"
)

func TestLoadKeepsEveryServedOperation(t *testing.T) {
	t.Parallel()
	d, err := contract.Load()
	if err != nil {
		t.Fatal(err)
	}
	want := slices.Sorted(slices.Values(contract.Served))
	if got := d.Operations(); !slices.Equal(got, want) {
		t.Errorf("operations are\n%v, not\n%v", got, want)
	}
}
