package restore_test

import (
	"testing"

	"go.uber.org/goleak"

	"tidemark/embedded"
)

func TestMain(m *testing.M) {
	embedded.RunIfChild()
	goleak.VerifyTestMain(m)
}
