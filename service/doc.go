// Package service is what a request means once the wire is off it: who may,
// whether it makes sense, and what is to be done. It implements
// tidemark.Service over tidemark.Store and a few small ports.
//
// The idea: every request is one transaction. It looks up the project, checks
// the caller's roles in it, looks up what the request names, checks the rules,
// writes the row and enqueues the task. Rules that must not race (one restore
// at a time onto a target, one snapshot at a time of an instance, no restore
// of what is being deleted) are decided inside that writing transaction, which
// the store runs one at a time. Only the registration of a deployment reaches
// out of the process, and it does so before the transaction.
//
// Who may what follows the roles of Atlas (roles.go):
//
//	see a project and its snapshots     any role in it; ORG_READ_ONLY
//	take and delete snapshots           GROUP_BACKUP_MANAGER
//	list restores of a dedicated one    GROUP_BACKUP_MANAGER
//	change a dedicated instance         GROUP_CLUSTER_MANAGER
//	see what happened to an instance    any role in it; ORG_READ_ONLY
//	see documents of its history        GROUP_DATA_ACCESS_ADMIN, …_READ_WRITE, …_READ_ONLY
//	add to the project's access list    GROUP_CHARTS_ADMIN
//	restore, list restores, all else    GROUP_OWNER
//	the same in every project           ORG_OWNER
//
// A project that does not exist is CodeProjectNotFound for everyone; one that
// the caller has no role in is CodeNotInProject; a role that is too small is
// CodeForbidden; a restore into a project that the caller does not own is
// CodeCannotRestoreThere.
//
// Every change tells of itself in the audit log, in its own transaction: who,
// from where, when, and what (audit.go). The names of attributes are in it,
// values that may be secret never.
//
// Keys live in an organization and are in the projects in which they have
// roles. An owner of a project may give any key of the organization roles there
// and take them back. It may not act as a key, by a secret or an access list of
// its own making, that has a role which the owner could not have given it
// (mayGrant): else a key of the whole organization, brought into a project,
// would make the project's owner that of the organization.
//
// A use of a key is noted in memory and written down by Maintain, which whoever
// runs the service calls once a minute, so that no read waits for a write. It
// also rotates the key that signs access tokens (signing.go): a token names its
// key, and a key that has been replaced checks until its last token is over.
//
// A deleted snapshot loses its row at once, so no reader sees it; the notes of
// its objects (tidemark.RetireSnapshot) let the jobs delete those, and let a
// restore of it answer CodeSnapshotGone rather than CodeSnapshotNotFound.
//
// A dedicated instance that is deleted with its backups retained is an instance
// with DeletedAt set until its last snapshot goes: not found, but for lists that
// ask for it and for its snapshots, restores and exports of them. Its name stays taken.
//
// How it fails: a request that fails has changed nothing, because its
// transaction did not commit. Errors are tidemark.Errors and name no secret;
// what the store returns beyond them passes through as an internal error.
package service
