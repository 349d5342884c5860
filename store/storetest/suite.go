package storetest

import (
	"testing"

	"tidemark"
)

// Run runs the suite. open returns an empty store of its own for each test and
// closes it when the test ends.
func Run(t *testing.T, open func(t *testing.T) tidemark.Store) {
	for _, c := range []struct {
		name string
		run  func(h *harness)
	}{
		{"Organizations", testOrganizations},
		{"Projects", testProjects},
		{"ProjectLists", testProjectLists},
		{"ProjectErrors", testProjectErrors},
		{"Instances", testInstances},
		{"InstanceLists", testInstanceLists},
		{"InstanceErrors", testInstanceErrors},
		{"InstanceDeletion", testInstanceDeletion},
		{"Snapshots", testSnapshots},
		{"SnapshotLists", testSnapshotLists},
		{"SnapshotEpochs", testSnapshotEpochs},
		{"SnapshotObjects", testSnapshotObjects},
		{"SnapshotsByClusterTime", testSnapshotsByClusterTime},
		{"RestoreJobs", testRestoreJobs},
		{"RestoreJobLists", testRestoreJobLists},
		{"RestoreJobEpochs", testRestoreJobEpochs},
		{"RestoreJobTokens", testRestoreJobTokens},
		{"Downloads", testDownloads},
		{"Captures", testCaptures},
		{"CapturedInstances", testCapturedInstances},
		{"CaptureDeletion", testCaptureDeletion},
		{"Slices", testSlices},
		{"SliceErrors", testSliceErrors},
		{"SliceLists", testSliceLists},
		{"Runs", testRuns},
		{"RunsOfLateSnapshots", testRunsOfLateSnapshots},
		{"RunsAcrossForgotten", testRunsAcrossForgotten},
		{"RunErrors", testRunErrors},
		{"RunsOutliveSnapshots", testRunsOutliveSnapshots},
		{"ManyRuns", testManyRuns},
		{"Schedules", testSchedules},
		{"CompliancePolicies", testCompliancePolicies},
		{"ExportBuckets", testExportBuckets},
		{"ExportJobs", testExportJobs},
		{"Keys", testKeys},
		{"KeySecrets", testKeySecrets},
		{"KeyErrors", testKeyErrors},
		{"ProjectKeys", testProjectKeys},
		{"AccessEntries", testAccessEntries},
		{"KeyUses", testKeyUses},
		{"NetworkEntries", testNetworkEntries},
		{"RevokedTokens", testRevokedTokens},
		{"Settings", testSettings},
		{"ProjectSettings", testProjectSettings},
		{"ProjectUpdates", testProjectUpdates},
		{"OrganizationUpdates", testOrganizationUpdates},
		{"Events", testEvents},
		{"EventErrors", testEventErrors},
		{"EventsGoWithTheirChange", testEventsGoWithTheirChange},
		{"EventLists", testEventLists},
		{"EventPages", testEventPages},
		{"Pages", testPages},
		{"Strings", testStrings},
		{"Times", testTimes},
		{"NothingIsNil", testNothingIsNil},
		{"WholeOrNothing", testWholeOrNothing},
		{"Isolation", testIsolation},
		{"CaptureIsolation", testCaptureIsolation},
		{"ViewDoesNotWrite", testViewDoesNotWrite},
		{"Contexts", testContexts},
		{"ConcurrentWriters", testConcurrentWriters},
		{"ConcurrentNames", testConcurrentNames},
		{"ConcurrentAttempts", testConcurrentAttempts},
		{"ConcurrentTailers", testConcurrentTailers},
		{"ConcurrentRuns", testConcurrentRuns},
		{"Model", testModel},
		{"CaptureModel", testCaptureModel},
		{"RunModel", testRunModel},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.run(&harness{T: t, store: open(t)})
		})
	}
}
