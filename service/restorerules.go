package service

import (
	"context"
	"reflect"

	"tidemark"
)

// timeMin is the first second that the API takes: 2008-01-01T00:00:00Z.
const timeMin = 1199145600

// checkNewRestoreJob checks the attributes against each other. Clients send
// empty target names with a download, so those are left alone there.
func checkNewRestoreJob(r tidemark.NewRestoreJob) error {
	switch r.DeliveryType {
	case "":
		return missing("deliveryType")
	case tidemark.DeliverAutomated, tidemark.DeliverDownload:
		if err := checkNoTime(r); err != nil {
			return err
		}
		if err := checkSnapshotID(r); err != nil {
			return err
		}
	case tidemark.DeliverPointInTime:
		if err := checkTime(r); err != nil {
			return err
		}
	default:
		return invalidEnum(string(r.DeliveryType), "deliveryType", "automated, download, pointInTime")
	}
	if r.DeliveryType == tidemark.DeliverDownload {
		if !reflect.ValueOf(r.Options).IsZero() {
			return invalid("deliveryType", "a download takes no options: it is the snapshot as it is")
		}
		return nil
	}
	if err := r.Options.Validate(); err != nil {
		return err
	}
	return checkTargetNames(r)
}

func checkSnapshotID(r tidemark.NewRestoreJob) error {
	if r.SnapshotID == "" {
		return missing("snapshotId")
	}
	if _, ok := tidemark.ParseID(string(r.SnapshotID)); !ok {
		return invalid("snapshotId", "must be 24 hexadecimal digits")
	}
	return nil
}

func checkTargetNames(r tidemark.NewRestoreJob) error {
	if r.TargetName == "" {
		return missing("targetClusterName")
	}
	if len(r.TargetName) > instanceNameMax || !instanceName.MatchString(r.TargetName) {
		return invalid("targetClusterName", "must be the name of an instance")
	}
	if r.TargetProjectID == "" {
		return missing("targetGroupId")
	}
	if _, ok := tidemark.ParseID(string(r.TargetProjectID)); !ok {
		return invalid("targetGroupId", "must be 24 hexadecimal digits")
	}
	return nil
}

// checkNoTime refuses the attributes of a point in time where a snapshot is
// restored as it is.
func checkNoTime(r tidemark.NewRestoreJob) error {
	for _, a := range []struct {
		name  string
		value uint32
	}{
		{"oplogTs", r.OplogTs},
		{"oplogInc", r.OplogInc},
		{"pointInTimeUTCSeconds", r.PointInTimeUTCSeconds},
	} {
		if a.value != 0 {
			return invalid(a.name, "goes with deliveryType pointInTime only")
		}
	}
	return nil
}

// checkTime wants either both halves of an oplog time or a second.
func checkTime(r tidemark.NewRestoreJob) error {
	pair := r.OplogTs != 0 || r.OplogInc != 0
	switch {
	case pair && r.PointInTimeUTCSeconds != 0:
		return badTime("pointInTimeUTCSeconds excludes oplogTs and oplogInc")
	case pair && r.OplogInc == 0:
		return missing("oplogInc")
	case pair && r.OplogTs == 0:
		return missing("oplogTs")
	case pair && r.OplogTs < timeMin:
		return invalid("oplogTs", "must be at least 1199145600")
	case !pair && r.PointInTimeUTCSeconds == 0:
		return badTime("a point in time needs pointInTimeUTCSeconds, or oplogTs with oplogInc")
	case !pair && r.PointInTimeUTCSeconds < timeMin:
		return invalid("pointInTimeUTCSeconds", "must be at least 1199145600")
	}
	return nil
}

func badTime(why string) error {
	return tidemark.Errorf(tidemark.CodeInvalidRestoreTime, "%s", why)
}

// checkVersions applies the version rule between what real deployments report;
// the version of the embedded server is nominal.
func checkVersions(source *tidemark.Instance, snap *tidemark.Snapshot, target *tidemark.Instance) error {
	if source.Embedded || target.Embedded {
		return nil
	}
	return tidemark.CheckRestoreVersions(snap.MongoDBVersion, target.MongoDBVersion)
}

// checkDownload lets a snapshot of a dedicated instance have one link at a
// time, as Atlas does.
func (s *Service) checkDownload(ctx context.Context, tx tidemark.Tx, source *tidemark.Instance, snap *tidemark.Snapshot) error {
	if source.Kind != tidemark.KindDedicated {
		return nil
	}
	jobs, err := tx.UnfinishedRestoresOf(ctx, snap.ID, s.now())
	if err != nil {
		return err
	}
	for _, j := range jobs {
		if j.DeliveryType == tidemark.DeliverDownload {
			return tidemark.Errorf(tidemark.CodeDownloadRunning, "restore job %s has a link to snapshot %s already", j.ID, snap.ID).
				WithHint("use that link, cancel the job, or wait until it expires").WithParams(snap.ID)
		}
	}
	return nil
}
