// Package storetest is the conformance suite of the port tidemark.Store: what
// every implementation must do, method by method and error code by error code,
// and that transactions are whole, isolated and durable in the order they were
// acknowledged. Run it from the test of an implementation with a function that
// opens an empty store.
package storetest
