package service

import (
	"context"

	"tidemark"
)

// OpenDownload returns the file of the job whose token it is, and counts it.
// The job need not have looked at the snapshot yet: clients of Flex clusters
// fetch the link that the answer to their request names, at once.
func (s *Service) OpenDownload(ctx context.Context, token, remoteAddr string) (tidemark.Download, error) {
	if len(token) != 2*tokenBytes {
		return nil, noDownload()
	}
	var (
		job  *tidemark.RestoreJob
		snap *tidemark.Snapshot
	)
	err := s.store.Update(ctx, func(tx tidemark.Tx) (err error) {
		job, err = tx.RestoreJobByToken(ctx, token)
		if err != nil {
			return err
		}
		if job.DeliveryType != tidemark.DeliverDownload || job.State == tidemark.JobFailed || job.State == tidemark.JobCancelled || !job.ExpiresAt.After(s.now()) {
			return noDownload()
		}
		if err := s.checkProjectNetwork(ctx, tx, job.ProjectID, remoteAddr); err != nil {
			return err
		}
		if snap, err = tx.Snapshot(ctx, job.SnapshotID); err != nil {
			return err
		}
		return tx.CountDownload(ctx, job.ID)
	})
	switch tidemark.ErrorCode(err) {
	case "":
	case tidemark.CodeJobNotFound, tidemark.CodeSnapshotNotFound, tidemark.CodeResourceNotFound:
		return nil, noDownload()
	default:
		return nil, err
	}
	d, err := s.downloads.OpenDownload(ctx, job, snap)
	if err != nil {
		return nil, err
	}
	return &download{Download: d, store: s.store, jobID: job.ID, size: job.DownloadBytes}, nil
}

// noDownload is the same for every link that does not work.
func noDownload() error {
	return tidemark.Errorf(tidemark.CodeResourceNotFound, "this link is not known or has expired").
		WithHint("create another restore job with deliveryType download").WithParams("download")
}

// download keeps the length of the file with the job, so that it is found out
// only once.
type download struct {
	tidemark.Download
	store tidemark.Store
	jobID tidemark.ID
	size  int64 // zero: not known
}

// Known says whether Size is at hand.
func (d *download) Known() bool { return d.size > 0 || d.Download.Known() }

// Size is the length of the file in bytes.
func (d *download) Size(ctx context.Context) (int64, error) {
	if d.size > 0 {
		return d.size, nil
	}
	n, err := d.Download.Size(ctx)
	if err != nil {
		return 0, err
	}
	err = d.store.Update(ctx, func(tx tidemark.Tx) error { return tx.SetDownloadBytes(ctx, d.jobID, n) })
	if err != nil {
		return 0, err
	}
	d.size = n
	return n, nil
}
