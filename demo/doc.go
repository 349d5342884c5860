// Package demo shows the main job from end to end, as a user would do it: load
// a data set, take a snapshot, destroy data, restore with the very request of
// the Atlas Admin API, and compare.
//
// The data set is made from a fixed seed, so every run has the same documents
// and the demo knows what must be there at the end without having kept a copy:
// it compares the content of every collection, its indexes and its options as
// they were before the destruction with what is there after the restore. If
// anything differs, Run returns an error that names the collection.
package demo
