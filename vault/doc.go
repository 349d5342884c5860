// Package vault keeps objects: sealed files with unguessable names in a
// bucket, and the manifests that say which of them make up a snapshot.
//
// A [Bucket] stores whole objects under names that are written once. A
// [DirBucket] is a directory; other stores come later. A [Vault] seals what
// goes into a bucket: every object has a random name and a random data key,
// which the [MasterKey] wraps. The payload is Tink's streaming AEAD, AES-256-GCM
// in segments of 64 KiB, so that any part of an object can be read and
// authenticated by itself. docs/formats.md has the layout, byte for byte.
//
// # Sealing
//
//	write: name, data key <- random
//	       header  = magic, version, kind, key id, wrap(data key; header, name)
//	       payload = stream(data key; name)
//	open:  check the header, unwrap the data key, authenticate the last segment
//	read:  find the segment, fetch it, authenticate it, copy out of it
//
// The last segment is authenticated when an object is opened because it alone
// says where the object ends: Size can be trusted, and an object cut at a
// segment border does not open.
//
// # Reading
//
// A [Reader] may be used by many goroutines. It keeps a few windows of
// authenticated plaintext: one segment each for reads here and there, growing
// to four for a read that goes on where a window ended. An object that is read
// from one place holds 64 to 256 KiB.
//
// # Snapshots
//
// A [Manifest] is an object too: a stream of BSON documents, so that a
// snapshot of a million runs needs memory for one of them at a time.
// [Vault.DeleteSnapshot] deletes the runs of a manifest and then the manifest;
// a crash in between leaves a manifest that still names what is left, so it can
// be repeated. It takes every run to belong to one snapshot only. Once
// snapshots share runs, references have to be counted before it is called.
//
// # How it fails
//
// An object is under its name whole or not at all; a process that dies leaves
// a temporary file that the next [OpenDirBucket] removes. An object that is
// altered, cut short, lengthened or put under another's name is
// CodeObjectDamaged, one sealed by another master key is CodeWrongMasterKey,
// and one of a later version is CodeFormatTooNew; none of them yields a byte.
// Losing the master key loses every object.
package vault
