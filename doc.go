// Package tidemark has the words of the domain: organizations, projects,
// instances, snapshots, restore jobs, catalogues, timestamps and errors, and
// the ports through which the other packages meet.
//
// The idea behind all of them: everything is a sorted run, and a restore is a
// merge. A snapshot is a manifest (the catalogue of a deployment at a cluster
// time, and the list of runs that merge to its data); a restore streams that
// merge into a target, builds its indexes, proves it equal and swaps it in.
//
// This package knows no other package of the module. A value here is safe to
// copy unless its comment says otherwise; ports say what each method promises
// and which error codes it returns.
package tidemark
