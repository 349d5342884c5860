// Package jobs has the durable jobs and their schedule: River on the store's
// SQLite file.
//
// The idea: a task is a row of River that was written in the same transaction
// as the row it is about, so neither is ever there without the other. A job
// looks at its row, does its work through a port, and writes the outcome under
// the epoch of its attempt. Everything it needs to go on is in the rows, so
// every job may be cut off at any instant and be run again.
//
//	provision    CREATING -> IDLE, by the Provisioner
//	deprovision  retire all snapshots, stop the server, remove the instance;
//	             with retained backups, finished snapshots stay, and the row with them
//	snapshot     discard what a dead attempt left, then capture
//	capture      follow an oplog for a while, and be put back
//	restore      restore from the cursor on; a download only has its manifest read
//	forget       delete the objects of a retired or failed snapshot
//	abandon      end the attempt at a cancelled restore, tidy the target of one
//	             that failed or was cancelled
//	export       write a snapshot into an export bucket
//
// Continuous backup. Of each instance that has it there is one capture job,
// which River's uniqueness and the sweep see to. It keeps slices, each in one
// transaction with the Position that it moves; the name of the object is noted
// before it is written, and the next run deletes one that was noted and not
// kept. Where the source has lost entries the window ends: the capture goes on
// at the oldest entry that there is, and a snapshot begins the next window. What
// keeps a capture from going on stands in its row, and it is tried again after
// a pause that grows with the time since it last worked, up to a minute.
//
// A snapshot of such an instance waits until all is captured that the source
// had when it began, and is folded out of the newest snapshot and the slices
// since. The first of a window reads the deployment, between a pinned entry and
// one that came after, and is mended by folding what is between. Snapshots
// share runs: each refers to its own, and forget deletes those that no other
// refers to. A restore to a point in time advances a snapshot in the same way;
// what that makes is noted with the job and deleted when the job has ended.
//
// The window begins at the newest snapshot that is as old as Window, and
// slices go an hour later. The first scheduled snapshot of a day is kept for
// DailyRetention, the others for Window, unless the schedule of the instance
// says longer. Without continuous backup the schedule alone counts. A dedicated
// instance follows its backup schedule in both: the window is its
// RestoreWindowDays, and a snapshot is kept as long as the longest of the policy
// items says that were due since the one before.
//
// River has no heartbeat: it tells a dead worker from a slow one by time alone.
// Here one process owns the data directory, so at Start whatever River calls
// running belonged to a process that is dead. Those jobs are made available
// again before the client starts, without using up an attempt; jobs have no
// timeout. A job that was cut off too often (OrphanedMax) is taken for what
// kills the process, and fails.
//
// How a job ends. An error that will not pass (permanent) fails the snapshot
// or restore at once, with a reason. Any other is tried again with growing
// pauses up to MaxAttempts, and then fails it. A panic of a port is permanent.
// If the outcome itself cannot be written the job is put back until it can,
// so nothing stays in progress for ever. What a failed restore has left on its
// target is removed by a task of its own, which is tried with growing pauses for
// a week. Provision, deprovision,
// capture and forget have no failed outcome: they are tried until they succeed. On
// Stop running jobs have their context cancelled and are put back without
// using up an attempt.
//
// What jobs do by themselves goes to the audit log as well, in the transaction
// of the outcome (audit.go), without a caller.
//
// A write under an epoch that is no longer the row's is lost: the job ends and
// leaves the row to the newer attempt.
//
// A restore is cancelled by writing the state: the attempt's next save of its
// progress fails, it looks at its row about once a second besides, and the
// abandon task that was enqueued with the state ends it at once in this process.
// An attempt notes CutOverAt, with the cursor that says so, before it changes
// what the target has; a job that has it cannot be cancelled, and the cursor of
// one that was cancelled is refused.
//
// Before the cut-over a restore keeps its target in a safety snapshot, which it
// takes itself: in the queue of the snapshots it might wait for the restore. It
// is folded out of the newest snapshot of the target; what the restore has
// staged by then is in it, since later snapshots go on from there, and is left
// out where a snapshot is restored. By SafetyAuto a target that cannot be kept
// so is not, and if the folding fails the restore goes on and says in its report
// that it cannot be undone; by SafetyAlways the target is read in full if need
// be, and the restore fails before its cut-over if that fails.
//
// Besides the jobs a sweep runs every SweepInterval: it starts the scheduled
// snapshots that are due and the captures that are not under way, deletes old
// slices, and retires the expired snapshots, but for the newest completed one of
// an instance, the one that its window begins with, and those that a restore or
// a live link needs.
package jobs
