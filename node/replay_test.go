package node_test

import (
	"net/http"
	"testing"

	"tidemark"
	"tidemark/atlas/contract"
	"tidemark/atlas/replaytest"
	"tidemark/client"
)

// TestReplays sends what real clients send to the whole service; package atlas
// has the replays for which a service in memory will do.
func TestReplays(t *testing.T) {
	t.Parallel()
	s := start(t, config(t))
	serverless, flex, dedicated := replaytest.ServerlessReplays(), replaytest.FlexReplays(), replaytest.DedicatedReplays()
	for _, c := range []struct {
		replay replaytest.Replay
		by     func(replaytest.Replay, *testing.T, replaytest.Target)
	}{
		{replaytest.Find(serverless, "atlas api cloudBackups createServerlessBackupRestoreJob"), replaytest.Replay.Digest},
		{replaytest.Find(serverless, "atlas serverless backups restores create, watch, describe, list"), replaytest.Replay.OAuth},
		{replaytest.Find(serverless, "atlas serverless backups restores create --deliveryType download"), replaytest.Replay.Digest},
		{replaytest.Find(serverless, "atlas serverless create, watch, list, describe, update, delete"), replaytest.Replay.OAuth},
		{replaytest.Find(flex, "atlas backups restores list, describe and watch of a flex cluster"), replaytest.Replay.Digest},
		{replaytest.Find(flex, "atlas backups snapshots list, describe and download of a flex cluster"), replaytest.Replay.OAuth},
		{replaytest.Find(dedicated, "atlas backups restores start automated --clusterName of a dedicated cluster"), replaytest.Replay.Digest},
		{replaytest.Find(dedicated, "mongodbatlas_cloud_backup_snapshot"), replaytest.Replay.OAuth},
		{replaytest.Find(dedicated, "mongodbatlas_cloud_backup_snapshot_restore_job"), replaytest.Replay.Digest},
		{replaytest.Find(serverless, "data mongodbatlas_serverless_instances"), replaytest.Replay.Digest},
		{replaytest.Find(replaytest.ProjectReplays(), "mongodbatlas_project"), replaytest.Replay.OAuth},
		{replaytest.Find(replaytest.ProjectReplays(), "atlas projects create, describe, delete"), replaytest.Replay.Digest},
		{replaytest.Find(replaytest.ProjectReplays(), "mongodbatlas_project"), replaytest.Replay.OAuth},
	} {
		t.Run(c.replay.Name, func(t *testing.T) { // one after another: each starts servers
			c.by(c.replay, t, s.target(t))
		})
	}
}

// target is the service in a project of its own.
func (s *service) target(t *testing.T) replaytest.Target {
	t.Helper()
	document, err := contract.Load()
	must(t, err)
	transport := http.DefaultTransport.(*http.Transport).Clone()
	checked := contract.NewTransport(document, transport)
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		must(t, checked.Err())
	})
	c := s.Credentials()
	return replaytest.Target{
		URL: c.BaseURL, Public: c.PublicKey, Private: c.PrivateKey, ClientID: c.ClientID, ClientSecret: c.ClientSecret,
		Transport: checked, Prepare: s.prepare,
	}
}

func (s *service) prepare(t *testing.T, given string) map[string]string {
	t.Helper()
	c := s.Credentials()
	a := api{s.Client, newProject(t, byDigest(t, c), c.OrgID, "replay-"+tidemark.RandomHex(4)).group}
	names := map[string]string{"{g}": a.project, "{o}": c.OrgID}
	if given == replaytest.Nothing {
		return names
	}
	for _, name := range []string{"shop", "target"} {
		_, err := a.CreateInstance(t.Context(), a.project, client.NewInstance{Name: name, Kind: given})
		must(t, err)
	}
	for _, name := range []string{"shop", "target"} {
		until(t, "instance "+name, func() bool { return a.instance(t, name).StateName == "IDLE" })
	}
	names["{s}"] = a.snapshot(t, "shop").ID
	return names
}
