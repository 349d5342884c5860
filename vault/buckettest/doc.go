// Package buckettest has what tests of buckets and of their users need: a
// bucket in memory ([Mem]), one that fails on demand ([Faulty]), and the
// conformance suite that every [vault.Bucket] passes ([Run]).
package buckettest
