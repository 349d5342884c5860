package embedded_test

import (
	"os"
	"testing"

	"go.uber.org/goleak"

	"tidemark/embedded"
)

func TestMain(m *testing.M) {
	embedded.RunIfChild()
	if dir := os.Getenv(parentDir); dir != "" {
		beParent(dir)
		return
	}
	goleak.VerifyTestMain(m)
}
