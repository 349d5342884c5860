package node_test

const envService = "TIDEMARK_TEST_SERVICE"

func serveChild(dir string) int { return 1 }
