package atlas

import (
	"cmp"
	"maps"
	"slices"

	"tidemark"
)

// regionSpec is RegionSpec.
type regionSpec struct {
	AnalyticsNodes int `json:"analyticsNodes"`
	ElectableNodes int `json:"electableNodes"`
	Priority       int `json:"priority"`
	ReadOnlyNodes  int `json:"readOnlyNodes"`
}

// readLegacyCluster reads the attributes of LegacyAtlasCluster: one hardware,
// in providerSettings, for all nodes, and the nodes by region beside it. What
// is not given is that of the cluster as it is now.
func readLegacyCluster(o *object, spec *tidemark.ClusterSpec, now *tidemark.Instance, need presence) {
	if on := o.flag("providerBackupEnabled"); on != nil && (spec.BackupEnabled == nil || *on) {
		spec.BackupEnabled = on
	}
	if o.integer("numShards", optional, 1) > 1 {
		o.fail(notSharded())
	}
	given := o.has("providerSettings") || o.has("replicationSpecs") || o.has("replicationSpec") ||
		o.has("replicationFactor") || o.has("diskSizeGB") || o.has("autoScaling")
	base := fullCluster(now).ReplicationSpecs[0]
	// Whoever changes the provider has to say what hardware, and where.
	moved := func(provider string) bool {
		return now == nil || now.ID != "" && provider != base.Regions[0].Provider
	}
	edits := readProviderSettings(o, need, &base, moved)
	zone, regions := readLegacyRegions(o)
	if regions != nil {
		base.Regions = legacyRegions(base.Regions[0], regions)
	}
	if zone != "" {
		base.ZoneName = zone
	}
	if n := o.integer("replicationFactor", optional, 1); n > 0 && regions == nil {
		base.Regions[0].Electable.NodeCount = int(n)
	}
	scaling := readLegacyScaling(o)
	for n := range base.Regions {
		region := &base.Regions[n]
		for _, h := range []*tidemark.HardwareSpec{region.Electable, region.ReadOnly, region.Analytics} {
			edits(h)
		}
		if scaling != nil {
			scaling(region.AutoScaling)
			scaling(region.AnalyticsAutoScaling)
		}
	}
	if given && *o.fault == nil {
		spec.ReplicationSpecs = []tidemark.ReplicationSpec{base}
	}
	spec.ReplicationSpecs = withDiskSize(o, spec.ReplicationSpecs)
}

// withDiskSize reads diskSizeGB into all nodes.
func withDiskSize(o *object, specs []tidemark.ReplicationSpec) []tidemark.ReplicationSpec {
	out := tidemark.ClusterSpec{ReplicationSpecs: specs}
	readDiskSize(o, &out, nil)
	return out.ReplicationSpecs
}

// readProviderSettings reads provider and region into base, and returns what
// sets the hardware of nodes.
func readProviderSettings(o *object, need presence, base *tidemark.ReplicationSpec, moved func(provider string) bool) func(*tidemark.HardwareSpec) {
	s := o.object("providerSettings", need)
	need = need || presence(o.has("providerSettings"))
	p := readProvider(s, need)
	size := readSize(s, "instanceSizeName", optional, p)
	region := s.text("regionName", optional, 64, nil)
	if *o.fault == nil && p.name != "" && moved(p.name) {
		switch {
		case size == "":
			s.missing("instanceSizeName")
		case region == "" && !o.has("replicationSpecs") && !o.has("replicationSpec"):
			s.missing("regionName")
		}
	}
	if region != "" && *o.fault == nil && !slices.Contains(p.regions, region) {
		s.invalid("regionName", "%s has no such region", p.name)
	}
	iops := int(s.integer("diskIOPS", optional, 0))
	volume := s.enum("volumeType", optional, "STANDARD", "PROVISIONED")
	s.ignored("encryptEBSVolume", "diskTypeName", "autoScaling")
	_ = s.done() // its fault is o's, too
	for n := range base.Regions {
		r := &base.Regions[n]
		r.Provider = orElse(p.name, r.Provider)
		if n == 0 {
			r.Region = orElse(region, r.Region)
		}
	}
	return func(h *tidemark.HardwareSpec) {
		if h == nil {
			return
		}
		h.InstanceSize = orElse(size, h.InstanceSize)
		h.EBSVolumeType = orElse(volume, h.EBSVolumeType)
		if iops > 0 {
			h.DiskIOPS = iops
		}
	}
}

// readLegacyRegions reads the nodes by region, from either of the two
// attributes that have them; nil if neither is there.
func readLegacyRegions(o *object) (zone string, regions map[string]regionSpec) {
	if o.has("replicationSpec") {
		regions = readRegionMap(o, "replicationSpec")
	} else {
		o.ignored("replicationSpec")
	}
	items, ok := o.array("replicationSpecs", optional, 50)
	if !ok || len(items) == 0 {
		return "", regions
	}
	if len(items) > 1 {
		o.fail(notSharded())
		return "", nil
	}
	spec := o.item("replicationSpecs", 0, items[0])
	spec.ignored("id")
	if spec.integer("numShards", optional, 1) > 1 {
		o.fail(notSharded())
	}
	zone = spec.text("zoneName", optional, 255, nil)
	if spec.has("regionsConfig") {
		regions = readRegionMap(spec, "regionsConfig")
	} else {
		spec.ignored("regionsConfig")
	}
	_ = spec.done() // its fault is o's, too
	return zone, regions
}

func readRegionMap(o *object, name string) map[string]regionSpec {
	m := o.object(name, optional)
	out := map[string]regionSpec{}
	for _, region := range slices.Sorted(maps.Keys(m.fields)) {
		r := m.object(region, optional)
		out[region] = regionSpec{
			AnalyticsNodes: int(r.integer("analyticsNodes", optional, 0)),
			ElectableNodes: int(r.integer("electableNodes", optional, 0)),
			Priority:       int(r.integer("priority", optional, 0)),
			ReadOnlyNodes:  int(r.integer("readOnlyNodes", optional, 0)),
		}
		_ = r.done() // its fault is o's, too
	}
	return out
}

// legacyRegions makes regions of the map, on the hardware of like, in the order
// of their priorities.
func legacyRegions(like tidemark.ClusterRegion, regions map[string]regionSpec) []tidemark.ClusterRegion {
	var out []tidemark.ClusterRegion
	nodes := func(h *tidemark.HardwareSpec, n int) *tidemark.HardwareSpec {
		c := *h
		c.NodeCount = n
		return &c
	}
	for _, name := range slices.Sorted(maps.Keys(regions)) {
		r, region := regions[name], like
		region.Region, region.Priority = name, r.Priority
		region.Electable = nodes(like.Electable, r.ElectableNodes)
		region.ReadOnly, region.Analytics = nodes(like.ReadOnly, r.ReadOnlyNodes), nodes(like.Analytics, r.AnalyticsNodes)
		out = append(out, region)
	}
	slices.SortStableFunc(out, func(a, b tidemark.ClusterRegion) int { return cmp.Compare(b.Priority, a.Priority) })
	if len(out) == 0 {
		return []tidemark.ClusterRegion{like}
	}
	return out
}

// readLegacyScaling returns what sets the scaling of a region; nil for nothing.
func readLegacyScaling(o *object) func(*tidemark.AutoScaling) {
	if !o.has("autoScaling") {
		o.ignored("autoScaling")
		return nil
	}
	a := o.object("autoScaling", optional)
	disk, compute := a.flag("diskGBEnabled"), (*tidemark.ComputeAutoScaling)(nil)
	if a.has("compute") {
		c := a.object("compute", optional)
		compute = readCompute(c)
		_ = c.done() // its fault is o's, too
	}
	_ = a.done() // its fault is o's, too
	return func(s *tidemark.AutoScaling) {
		if disk != nil {
			s.DiskGB.Enabled = *disk
		}
		if compute != nil {
			s.Compute = compute
		}
	}
}

// legacyView is LegacyAtlasCluster.
type legacyView struct {
	clusterView
	AutoScaling         legacyScaling         `json:"autoScaling"`
	DiskSizeGB          float64               `json:"diskSizeGB"`
	MongoURI            string                `json:"mongoURI,omitempty"`
	MongoURIWithOptions string                `json:"mongoURIWithOptions,omitempty"`
	NumShards           int                   `json:"numShards"`
	ProviderBackup      bool                  `json:"providerBackupEnabled"`
	ProviderSettings    legacyProvider        `json:"providerSettings"`
	ReplicationFactor   int                   `json:"replicationFactor"`
	ReplicationSpec     map[string]regionSpec `json:"replicationSpec"`
	ReplicationSpecs    []legacySpec          `json:"replicationSpecs"`
	SrvAddress          string                `json:"srvAddress,omitempty"`
}

type legacyScaling struct {
	Compute       legacyCompute `json:"compute"`
	DiskGBEnabled bool          `json:"diskGBEnabled"`
}

type legacyCompute struct {
	Enabled           bool `json:"enabled"`
	PredictiveEnabled bool `json:"predictiveEnabled"`
	ScaleDownEnabled  bool `json:"scaleDownEnabled"`
}

type legacyProvider struct {
	DiskIOPS         int    `json:"diskIOPS,omitempty"`         // of AWS
	EncryptEBSVolume bool   `json:"encryptEBSVolume,omitempty"` // of AWS
	InstanceSizeName string `json:"instanceSizeName"`
	ProviderName     string `json:"providerName"`
	RegionName       string `json:"regionName"`
	VolumeType       string `json:"volumeType,omitempty"` // of AWS
}

type legacySpec struct {
	ID            tidemark.ID           `json:"id"`
	NumShards     int                   `json:"numShards"`
	RegionsConfig map[string]regionSpec `json:"regionsConfig"`
	ZoneName      string                `json:"zoneName"`
}

func newLegacyView(common clusterView, i *tidemark.Instance, spec *tidemark.ClusterSpec) legacyView {
	rs := spec.ReplicationSpecs[0]
	first, regions, factor := rs.Regions[0], map[string]regionSpec{}, 0
	for _, r := range rs.Regions {
		regions[r.Region] = regionSpec{
			AnalyticsNodes: r.Analytics.NodeCount, ElectableNodes: r.Electable.NodeCount,
			Priority: r.Priority, ReadOnlyNodes: r.ReadOnly.NodeCount,
		}
		factor += r.Electable.NodeCount
	}
	v := legacyView{
		clusterView: common, DiskSizeGB: first.Electable.DiskSizeGB, NumShards: 1, ProviderBackup: common.BackupEnabled,
		ProviderSettings: legacyProvider{
			DiskIOPS: first.Electable.DiskIOPS, InstanceSizeName: first.Electable.InstanceSize,
			ProviderName: first.Provider, RegionName: first.Region, VolumeType: first.Electable.EBSVolumeType,
		},
		ReplicationFactor: factor, ReplicationSpec: regions,
		ReplicationSpecs: []legacySpec{{ID: derivedID(i.ID, "replicationSpec"), NumShards: 1, RegionsConfig: regions, ZoneName: rs.ZoneName}},
	}
	if first.Provider == "AWS" {
		v.ProviderSettings.EncryptEBSVolume = true
	} else {
		v.ProviderSettings.DiskIOPS, v.ProviderSettings.VolumeType = 0, ""
	}
	v.AutoScaling.DiskGBEnabled = first.AutoScaling.DiskGB.Enabled
	c := first.AutoScaling.Compute
	v.AutoScaling.Compute = legacyCompute{Enabled: c.Enabled, PredictiveEnabled: c.PredictiveEnabled, ScaleDownEnabled: c.ScaleDownEnabled}
	if s := common.ConnectionStrings; s != nil {
		v.MongoURI, v.MongoURIWithOptions, v.SrvAddress = s.Standard, s.Standard, s.StandardSrv
	}
	return v
}
