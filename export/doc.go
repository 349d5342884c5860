// Package export writes snapshots into buckets of object storage, for whoever
// wants them outside the vault: as gzipped mongodump archives, which
// mongorestore loads anywhere.
//
// Which storage that is, is set where the service runs: a directory (file://),
// AWS (s3://) or another service that speaks S3 (https://host). The buckets of
// the API are buckets there, or directories of the directory. Credentials of
// AWS come from the environment, its shared file or the machine's role, never
// from the API.
//
// An export is these objects, named as Atlas names its own:
//
//	exported_snapshots/.permissioncheck    empty; written first, to learn early
//	                                       that nothing may be written
//	PREFIX/NAME-ID.archive.gz              the archive, streamed in parts
//	PREFIX/.complete                       JSON; written last
//
// where PREFIX is exported_snapshots/ORG/PROJECT/INSTANCE/TAKEN/EXPORTED. Atlas
// writes a file of extended JSON for each collection instead of the archive.
//
// How it fails: an object is there whole or not at all, and an export without
// .complete is not one. An attempt writes over what one before it left; what a
// failed one left stays. Errors carry CodeExportUnreachable where trying again
// may help and CodeExportRefused where it will not, and no credentials.
package export
