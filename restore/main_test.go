package restore_test

import (
	"testing"

	"go.uber.org/goleak"

	"tidemark/embedded"
	"tidemark/mongo/mongotest"
)

func TestMain(m *testing.M) {
	embedded.RunIfChild()
	mongotest.RunIfNullChild()
	goleak.VerifyTestMain(m, goleak.Cleanup(removeBenchDirs))
}
