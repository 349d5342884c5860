package node_test

import (
	"os"
	"testing"

	"go.uber.org/goleak"

	"tidemark/embedded"
)

func TestMain(m *testing.M) {
	embedded.RunIfChild()
	if dir := os.Getenv(envService); dir != "" {
		os.Exit(serveChild(dir))
	}
	goleak.VerifyTestMain(m)
}
