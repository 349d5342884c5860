package tidemark

import "context"

// EndRestoreJob writes a restore job whose State is final now, and enqueues
// what is left to do: to delete what a point in time was folded into, and to
// remove from the target what a job that failed or was cancelled has left there.
func EndRestoreJob(ctx context.Context, tx Tx, j *RestoreJob) error {
	j.Cursor = nil
	if err := tx.UpdateRestoreJob(ctx, j); err != nil {
		return err
	}
	if j.DeliveryType == DeliverPointInTime {
		if err := tx.Enqueue(ctx, Task{Kind: TaskForget, ID: j.ID}); err != nil {
			return err
		}
	}
	if j.State == JobCompleted || j.DeliveryType == DeliverDownload {
		return nil
	}
	return tx.Enqueue(ctx, Task{Kind: TaskAbandon, ID: j.ID})
}
