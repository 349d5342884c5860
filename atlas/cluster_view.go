package atlas

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"tidemark"
)

// clusterView is what all versions of a cluster have.
type clusterView struct {
	AdvancedConfiguration            tlsView                  `json:"advancedConfiguration"`
	BackupEnabled                    bool                     `json:"backupEnabled"`
	BIConnector                      biConnectorView          `json:"biConnector"`
	ClusterType                      string                   `json:"clusterType"`
	ConfigServerManagementMode       string                   `json:"configServerManagementMode"`
	ConnectionStrings                *flexConnectionStrings   `json:"connectionStrings,omitempty"`
	CreateDate                       date                     `json:"createDate"`
	DiskWarmingMode                  string                   `json:"diskWarmingMode"`
	EmployeeAccess                   *tidemark.EmployeeAccess `json:"mongoDBEmployeeAccessGrant,omitempty"`
	EncryptionAtRestProvider         string                   `json:"encryptionAtRestProvider"`
	GlobalClusterSelfManagedSharding bool                     `json:"globalClusterSelfManagedSharding"`
	GroupID                          tidemark.ID              `json:"groupId"`
	ID                               tidemark.ID              `json:"id"`
	Labels                           []tidemark.Tag           `json:"labels"`
	Links                            []link                   `json:"links"`
	MongoDBMajorVersion              string                   `json:"mongoDBMajorVersion,omitempty"`
	MongoDBVersion                   string                   `json:"mongoDBVersion,omitempty"`
	Name                             string                   `json:"name"`
	Paused                           bool                     `json:"paused"`
	PITEnabled                       bool                     `json:"pitEnabled"`
	ReplicaSetScalingStrategy        string                   `json:"replicaSetScalingStrategy"`
	RootCertType                     string                   `json:"rootCertType"`
	StateName                        string                   `json:"stateName"`
	Tags                             []tidemark.Tag           `json:"tags"`
	TerminationProtection            bool                     `json:"terminationProtectionEnabled"`
	VersionReleaseSystem             string                   `json:"versionReleaseSystem"`
}

type tlsView struct {
	CustomOpensslCipherConfigTLS12 []string `json:"customOpensslCipherConfigTls12"`
	MinimumEnabledTLSProtocol      string   `json:"minimumEnabledTlsProtocol"`
	TLSCipherConfigMode            string   `json:"tlsCipherConfigMode"`
}

type biConnectorView struct {
	Enabled        bool   `json:"enabled"`
	ReadPreference string `json:"readPreference"`
}

// advancedView is AdvancedClusterDescription, flatView ClusterDescription20240805.
type advancedView struct {
	clusterView
	DiskSizeGB       float64           `json:"diskSizeGB"`
	ReplicationSpecs []replicationSpec `json:"replicationSpecs"`
}

type flatView struct {
	clusterView
	RedactClientLogData bool              `json:"redactClientLogData"`
	ReplicationSpecs    []replicationSpec `json:"replicationSpecs"`
}

// replicationSpec has numShards up to 2023-02-01, zoneId later.
type replicationSpec struct {
	ID            tidemark.ID              `json:"id"`
	NumShards     int                      `json:"numShards,omitempty"`
	RegionConfigs []tidemark.ClusterRegion `json:"regionConfigs"`
	ZoneID        tidemark.ID              `json:"zoneId,omitempty"`
	ZoneName      string                   `json:"zoneName"`
}

// showCluster shows a cluster in the version that was asked for.
func (q *request) showCluster(i *tidemark.Instance) any {
	spec := fullCluster(i)
	common := q.newClusterView(i, spec)
	rs := spec.ReplicationSpecs[0]
	shown := replicationSpec{ID: derivedID(i.ID, "replicationSpec"), RegionConfigs: rs.Regions, ZoneName: rs.ZoneName}
	switch q.version {
	case v20230101:
		return newLegacyView(common, i, spec)
	case v20230201:
		v := advancedView{clusterView: common, DiskSizeGB: rs.Regions[0].Electable.DiskSizeGB}
		for _, r := range rs.Regions {
			for _, h := range []*tidemark.HardwareSpec{r.Electable, r.ReadOnly, r.Analytics} {
				h.DiskSizeGB = 0 // it stands outside
			}
		}
		shown.NumShards = 1
		v.ReplicationSpecs = []replicationSpec{shown}
		return v
	}
	shown.ZoneID = derivedID(i.ID, "zone")
	return flatView{clusterView: common, RedactClientLogData: isTrue(spec.RedactClientLogData), ReplicationSpecs: []replicationSpec{shown}}
}

func (q *request) newClusterView(i *tidemark.Instance, spec *tidemark.ClusterSpec) clusterView {
	v := clusterView{
		BackupEnabled: i.BackupEnabled(), ClusterType: "REPLICASET", ConfigServerManagementMode: orElse(spec.ConfigServerManagementMode, "ATLAS_MANAGED"),
		CreateDate: date{i.CreatedAt}, DiskWarmingMode: orElse(spec.DiskWarmingMode, "FULLY_WARMED"), EmployeeAccess: spec.EmployeeAccess,
		EncryptionAtRestProvider: orElse(spec.EncryptionAtRestProvider, "NONE"), GlobalClusterSelfManagedSharding: isTrue(spec.GlobalClusterSelfManagedSharding),
		GroupID: i.ProjectID, ID: i.ID, Labels: append([]tidemark.Tag{}, spec.Labels...), Links: q.self("/groups/%s/clusters/%s", i.ProjectID, i.Name),
		MongoDBMajorVersion: orElse(spec.MajorVersion, majorOf(i.MongoDBVersion)), MongoDBVersion: i.MongoDBVersion, Name: i.Name,
		Paused: i.Cluster.IsPaused(), PITEnabled: i.ContinuousBackup, ReplicaSetScalingStrategy: orElse(spec.ReplicaSetScalingStrategy, "WORKLOAD_TYPE"),
		RootCertType: orElse(spec.RootCertType, "ISRGROOTX1"), StateName: string(i.State), Tags: append([]tidemark.Tag{}, i.Tags...),
		TerminationProtection: i.TerminationProtection, VersionReleaseSystem: orElse(spec.VersionReleaseSystem, "LTS"),
		BIConnector:           biConnectorView{ReadPreference: "secondary"},
		AdvancedConfiguration: newTLSView(spec.ProcessArgs),
		ConnectionStrings:     connectionsOf(i),
	}
	if b := spec.BIConnector; b != nil {
		v.BIConnector = biConnectorView{Enabled: isTrue(b.Enabled), ReadPreference: orElse(strings.ToLower(b.ReadPreference), v.BIConnector.ReadPreference)}
	}
	if !q.endpoint.list {
		v.Links = append(v.Links,
			link{q.href("/groups/%s/clusters/%s/backup/restoreJobs", i.ProjectID, i.Name), relRestoreJobs},
			link{q.href("/groups/%s/clusters/%s/backup/snapshots", i.ProjectID, i.Name), relSnapshots})
	}
	return v
}

func newTLSView(p *tidemark.ProcessArgs) tlsView {
	if p == nil {
		p = &tidemark.ProcessArgs{}
	}
	return tlsView{
		CustomOpensslCipherConfigTLS12: append([]string{}, p.CustomOpensslCipherConfigTLS12...),
		MinimumEnabledTLSProtocol:      orElse(p.MinimumEnabledTLSProtocol, "TLS1_2"),
		TLSCipherConfigMode:            orElse(p.TLSCipherConfigMode, "DEFAULT"),
	}
}

// majorOf cuts a version after its second number.
func majorOf(version string) string {
	parts := strings.SplitN(version, ".", 3)
	return strings.Join(parts[:min(2, len(parts))], ".")
}

// derivedID is an id that an instance's parts have for good without one being
// kept: the parts are only shown.
func derivedID(id tidemark.ID, part string) tidemark.ID {
	sum := sha256.Sum256([]byte(part + " of " + string(id)))
	return tidemark.ID(hex.EncodeToString(sum[:12]))
}

// Hardware that Atlas gives where nothing else was asked for.
const (
	defaultSize   = "M10"
	defaultDiskGB = 10
	defaultIOPS   = 3000
	defaultNodes  = 3
)

// fullCluster is a copy of what a cluster was asked to be, with what Atlas
// fills in, so that clients find an object where they look for one: one
// replication spec, all kinds of nodes and both kinds of scaling in each region.
// i is nil for a cluster that is not there yet.
func fullCluster(i *tidemark.Instance) *tidemark.ClusterSpec {
	var asked *tidemark.ClusterSpec
	p := providerSettings{BackingProviderName: "AWS", RegionName: "US_EAST_1"}
	if i != nil {
		asked, p = i.Cluster, provider(i)
	}
	spec, err := asked.With(nil)
	if err != nil { // what was kept has been decoded before
		spec = &tidemark.ClusterSpec{}
	}
	if len(spec.ReplicationSpecs) == 0 || len(spec.ReplicationSpecs[0].Regions) == 0 {
		spec.ReplicationSpecs = []tidemark.ReplicationSpec{{Regions: []tidemark.ClusterRegion{{
			Provider: p.BackingProviderName, Region: p.RegionName, Priority: 7, Electable: &tidemark.HardwareSpec{NodeCount: defaultNodes},
		}}}}
	}
	rs := &spec.ReplicationSpecs[0]
	rs.ZoneName = orElse(rs.ZoneName, "Zone 1")
	for n := range rs.Regions {
		fillRegion(&rs.Regions[n])
	}
	return spec
}

func fillRegion(r *tidemark.ClusterRegion) {
	if r.Electable == nil {
		r.Electable = &tidemark.HardwareSpec{}
	}
	e := r.Electable
	e.InstanceSize = orElse(e.InstanceSize, defaultSize)
	if e.DiskSizeGB == 0 {
		e.DiskSizeGB = defaultDiskGB
	}
	for _, h := range []**tidemark.HardwareSpec{&r.Electable, &r.ReadOnly, &r.Analytics} {
		if *h == nil {
			*h = &tidemark.HardwareSpec{}
		}
		(*h).InstanceSize = orElse((*h).InstanceSize, e.InstanceSize)
		if (*h).DiskSizeGB == 0 {
			(*h).DiskSizeGB = e.DiskSizeGB
		}
		fillVolume(*h, r.Provider)
	}
	for _, s := range []**tidemark.AutoScaling{&r.AutoScaling, &r.AnalyticsAutoScaling} {
		if *s == nil {
			*s = &tidemark.AutoScaling{}
		}
		if (*s).Compute == nil {
			(*s).Compute = &tidemark.ComputeAutoScaling{}
		}
		if (*s).DiskGB == nil {
			(*s).DiskGB = &tidemark.DiskAutoScaling{}
		}
	}
}

// fillVolume gives the attributes that a provider's hardware has, and no others.
func fillVolume(h *tidemark.HardwareSpec, provider string) {
	switch provider {
	case "AWS":
		h.EBSVolumeType = orElse(h.EBSVolumeType, "STANDARD")
		if h.DiskIOPS == 0 {
			h.DiskIOPS = defaultIOPS
		}
	case "AZURE":
		h.EBSVolumeType = ""
	default:
		h.EBSVolumeType, h.DiskIOPS = "", 0
	}
}
