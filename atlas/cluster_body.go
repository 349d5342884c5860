package atlas

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"tidemark"
)

// clusterBody is what a request asks a cluster to be, in whatever version.
type clusterBody struct {
	name            string
	spec            tidemark.ClusterSpec
	pit, protection *bool
	tags            *[]tidemark.Tag
}

func (b clusterBody) update() tidemark.InstanceUpdate {
	return tidemark.InstanceUpdate{
		Kind: tidemark.KindDedicated, Cluster: &b.spec,
		ContinuousBackup: b.pit, TerminationProtection: b.protection, Tags: b.tags,
	}
}

var clusterReadOnly = strings.Fields("configServerType connectionStrings createDate featureCompatibilityVersion " +
	"featureCompatibilityVersionExpirationDate groupId id links mongoDBVersion stateName")

// readCluster reads the body in its version. now is the cluster that is
// changed, nil for a new one: then what Atlas requires has to be there.
func readCluster(q *request, o *object, now *tidemark.Instance) clusterBody {
	need := presence(now == nil)
	b := clusterBody{name: o.text("name", need, 64, instanceName)}
	legacy := q.version == v20230101
	if legacy {
		o.ignored("mongoDBVersion") // of all versions only this one lets clients send it
	}
	o.readOnly(clusterReadOnly...)
	readClusterType(o, need && !presence(legacy))
	readClusterSettings(o, &b)
	switch {
	case legacy:
		readLegacyCluster(o, &b.spec, now, need)
	case q.version == v20230201:
		b.spec.ReplicationSpecs = readReplicationSpecs(o, need, true)
		readDiskSize(o, &b.spec, now)
	default:
		b.spec.RedactClientLogData = o.flag("redactClientLogData")
		b.spec.ReplicationSpecs = readReplicationSpecs(o, need, false)
	}
	return b
}

// readClusterType refuses what has shards: Tidemark backs up one replica set.
func readClusterType(o *object, need presence) {
	if t := o.enum("clusterType", need, "REPLICASET", "SHARDED", "GEOSHARDED"); t == "SHARDED" || t == "GEOSHARDED" {
		o.fail(notSharded())
	}
}

func notSharded() error {
	return tidemark.Errorf(tidemark.CodeUnsupported, "sharded clusters are not served: clusterType is REPLICASET, with one shard").
		WithHint("register the deployment of each shard as a cluster of its own")
}

// readClusterSettings reads what all versions have.
func readClusterSettings(o *object, b *clusterBody) {
	s := &b.spec
	s.BackupEnabled = o.flag("backupEnabled")
	b.pit, b.protection, b.tags = o.flag("pitEnabled"), o.flag("terminationProtectionEnabled"), o.tags("tags")
	if o.has("biConnector") {
		c := o.object("biConnector", optional)
		s.BIConnector = &tidemark.BIConnector{Enabled: c.flag("enabled"), ReadPreference: c.enum("readPreference", optional, "PRIMARY", "SECONDARY", "ANALYTICS", "primary", "secondary", "analytics")}
		_ = c.done() // its fault is o's, too
	}
	s.ConfigServerManagementMode = o.enum("configServerManagementMode", optional, "ATLAS_MANAGED", "FIXED_TO_DEDICATED")
	s.DiskWarmingMode = o.enum("diskWarmingMode", optional, "FULLY_WARMED", "VISIBLE_EARLIER")
	s.EncryptionAtRestProvider = o.enum("encryptionAtRestProvider", optional, "NONE", "AWS", "AZURE", "GCP")
	s.GlobalClusterSelfManagedSharding = o.flag("globalClusterSelfManagedSharding")
	if labels := o.tags("labels"); labels != nil {
		s.Labels = *labels
	}
	s.MajorVersion = o.text("mongoDBMajorVersion", optional, 16, nil)
	s.Paused = o.flag("paused")
	s.ReplicaSetScalingStrategy = o.enum("replicaSetScalingStrategy", optional, "SEQUENTIAL", "WORKLOAD_TYPE", "NODE_TYPE")
	s.RootCertType = o.enum("rootCertType", optional, "ISRGROOTX1")
	s.VersionReleaseSystem = o.enum("versionReleaseSystem", optional, "LTS", "CONTINUOUS")
	s.EmployeeAccess = readEmployeeAccess(o)
	if o.has("advancedConfiguration") {
		c := o.object("advancedConfiguration", optional)
		s.ProcessArgs = &tidemark.ProcessArgs{}
		readTLS(c, s.ProcessArgs)
		_ = c.done() // its fault is o's, too
	}
	o.ignored("acceptDataRisksAndForceReplicaSetReconfig")
}

func readEmployeeAccess(o *object) *tidemark.EmployeeAccess {
	if !o.has("mongoDBEmployeeAccessGrant") {
		o.ignored("mongoDBEmployeeAccessGrant")
		return nil
	}
	g := o.object("mongoDBEmployeeAccessGrant", optional)
	g.ignored("links")
	access := &tidemark.EmployeeAccess{
		GrantType: g.enum("grantType", required, "CLUSTER_DATABASE_LOGS", "CLUSTER_INFRASTRUCTURE", "CLUSTER_INFRASTRUCTURE_AND_APP_SERVICES_SYNC_DATA"),
	}
	when := g.text("expirationTime", required, 64, nil)
	if t, err := time.Parse(time.RFC3339, when); err == nil {
		access.ExpirationTime = t.UTC()
	} else if when != "" {
		g.invalid("expirationTime", "it is a date and time by RFC 3339")
	}
	_ = g.done() // its fault is o's, too
	return access
}

// readReplicationSpecs reads one for the one shard. Up to 2023-02-01 a spec
// counts its shards; later there is one for each shard. Clients send back the
// ids that they were shown.
func readReplicationSpecs(o *object, need presence, counted bool) []tidemark.ReplicationSpec {
	items, ok := o.array("replicationSpecs", need, 50)
	if !ok {
		return nil
	}
	if len(items) == 0 {
		o.invalid("replicationSpecs", "it has at least one item")
		return nil
	}
	if len(items) > 1 {
		o.fail(notSharded())
		return nil
	}
	spec := o.item("replicationSpecs", 0, items[0])
	spec.ignored("id", "zoneId")
	if counted {
		if n := spec.integer("numShards", optional, 1); n > 1 {
			o.fail(notSharded())
		}
	}
	out := tidemark.ReplicationSpec{ZoneName: spec.text("zoneName", optional, 255, nil)}
	regions, _ := spec.array("regionConfigs", required, 50)
	for n, raw := range regions {
		r := spec.item("regionConfigs", n, raw)
		out.Regions = append(out.Regions, readRegion(r, counted))
		_ = r.done() // its fault is o's, too
	}
	if *o.fault == nil && len(out.Regions) == 0 {
		spec.invalid("regionConfigs", "it has at least one item")
	}
	_ = spec.done() // its fault is o's, too
	return []tidemark.ReplicationSpec{out}
}

// item is an object of an array.
func (o *object) item(name string, n int, raw json.RawMessage) *object {
	prefix := fmt.Sprintf("%s%s[%d].", o.prefix, name, n)
	inner, err := newObject(prefix, raw, o.fault)
	if err != nil {
		o.invalid(name, "its items are objects")
		return &object{prefix: prefix, read: map[string]bool{}, fault: o.fault}
	}
	return inner
}

func readRegion(o *object, counted bool) tidemark.ClusterRegion {
	p := readProvider(o, required)
	r := tidemark.ClusterRegion{Provider: p.name, Region: o.text("regionName", required, 64, nil), Priority: int(o.integer("priority", required, 0))}
	if r.Priority > 7 {
		o.invalid("priority", "it is a whole number from 0 to 7")
	}
	if *o.fault == nil && !slices.Contains(p.regions, r.Region) {
		o.invalid("regionName", "%s has no such region", p.name)
	}
	r.Electable = readHardware(o, "electableSpecs", p, counted)
	r.ReadOnly = readHardware(o, "readOnlySpecs", p, counted)
	r.Analytics = readHardware(o, "analyticsSpecs", p, counted)
	r.AutoScaling = readAutoScaling(o, "autoScaling")
	r.AnalyticsAutoScaling = readAutoScaling(o, "analyticsAutoScaling")
	return r
}

// readProvider refuses the shared tiers, of which Atlas made Flex clusters.
func readProvider(o *object, need presence) cloudProvider {
	name := o.enum("providerName", need, "AWS", "AZURE", "GCP", "TENANT", "FLEX")
	if name == "TENANT" || name == "FLEX" {
		o.fail(tidemark.Errorf(tidemark.CodeUnsupported, "clusters of shared tiers are not served: create a Flex cluster instead"))
	}
	p, _ := providerNamed(name)
	return p
}

func readHardware(o *object, name string, p cloudProvider, counted bool) *tidemark.HardwareSpec {
	if !o.has(name) {
		o.ignored(name)
		return nil
	}
	h := o.object(name, optional)
	spec := &tidemark.HardwareSpec{
		DiskIOPS:      int(h.integer("diskIOPS", optional, 0)),
		EBSVolumeType: h.enum("ebsVolumeType", optional, "STANDARD", "PROVISIONED"),
		InstanceSize:  readSize(h, "instanceSize", optional, p),
		NodeCount:     int(h.integer("nodeCount", optional, 0)),
	}
	if !counted {
		if size := h.number("diskSizeGB", maxDiskGB); size != nil {
			spec.DiskSizeGB = *size
		}
	}
	_ = h.done() // its fault is o's, too
	return spec
}

const maxDiskGB = 14 << 10

func readSize(o *object, name string, need presence, p cloudProvider) string {
	s := o.text(name, need, 32, nil)
	if s != "" && p.name != "" && !slices.Contains(p.sizes, s) {
		o.wrongWord(name, s, p.sizes)
	}
	return s
}

func readAutoScaling(o *object, name string) *tidemark.AutoScaling {
	if !o.has(name) {
		o.ignored(name)
		return nil
	}
	a, out := o.object(name, optional), &tidemark.AutoScaling{}
	if a.has("compute") {
		c := a.object("compute", optional)
		out.Compute = readCompute(c)
		_ = c.done() // its fault is o's, too
	}
	if a.has("diskGB") {
		d := a.object("diskGB", optional)
		out.DiskGB = &tidemark.DiskAutoScaling{Enabled: isTrue(d.flag("enabled"))}
		_ = d.done() // its fault is o's, too
	}
	_ = a.done() // its fault is o's, too
	return out
}

func readCompute(c *object) *tidemark.ComputeAutoScaling {
	return &tidemark.ComputeAutoScaling{
		Enabled:           isTrue(c.flag("enabled")),
		MaxInstanceSize:   c.text("maxInstanceSize", optional, 32, nil),
		MinInstanceSize:   c.text("minInstanceSize", optional, 32, nil),
		PredictiveEnabled: isTrue(c.flag("predictiveEnabled")),
		ScaleDownEnabled:  isTrue(c.flag("scaleDownEnabled")),
	}
}

// readDiskSize reads the size that up to 2023-02-01 is one for all nodes.
func readDiskSize(o *object, spec *tidemark.ClusterSpec, now *tidemark.Instance) {
	size := o.number("diskSizeGB", maxDiskGB)
	if size == nil || *o.fault != nil {
		return
	}
	if spec.ReplicationSpecs == nil && now != nil {
		spec.ReplicationSpecs = fullCluster(now).ReplicationSpecs
	}
	for _, r := range spec.ReplicationSpecs {
		for _, region := range r.Regions {
			for _, h := range []*tidemark.HardwareSpec{region.Electable, region.ReadOnly, region.Analytics} {
				if h != nil {
					h.DiskSizeGB = *size
				}
			}
		}
	}
}
