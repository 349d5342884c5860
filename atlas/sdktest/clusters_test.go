package sdktest

import (
	"net/http"
	"testing"

	"go.mongodb.org/atlas-sdk/v20250312001/admin"
)

// to is a pointer, which most attributes of the SDK are.
func to[T any](v T) *T { return &v }

func cluster(name string) *admin.ClusterDescription20240805 {
	return &admin.ClusterDescription20240805{
		Name: &name, ClusterType: to("REPLICASET"), BackupEnabled: to(true),
		ReplicationSpecs: &[]admin.ReplicationSpec20240805{{RegionConfigs: &[]admin.CloudRegionConfig20240805{{
			ProviderName: to("AWS"), RegionName: to("EU_WEST_1"), Priority: to(7),
			ElectableSpecs: &admin.HardwareSpec20240805{InstanceSize: to("M10"), NodeCount: to(3)},
		}}}},
	}
}

func TestClusters(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, d drive) {
		ctx, group := t.Context(), string(d.service.ProjectID)
		c, resp, err := d.ClustersApi.CreateCluster(ctx, group, cluster("shop")).Execute()
		if must(t, c, resp, err).GetStateName() != "IDLE" || !c.GetBackupEnabled() || c.GetConnectionStrings().StandardSrv == nil {
			t.Errorf("the cluster is %+v", c)
		}
		// What was read is sent back, as programs do that change one attribute.
		specs := c.GetReplicationSpecs()
		specs[0].GetRegionConfigs()[0].ElectableSpecs.InstanceSize = to("M30")
		c, resp, err = d.ClustersApi.UpdateCluster(ctx, group, "shop", &admin.ClusterDescription20240805{ReplicationSpecs: &specs, PitEnabled: to(true)}).Execute()
		regions := must(t, c, resp, err).GetReplicationSpecs()[0].GetRegionConfigs()
		if got := regions[0].GetElectableSpecs(); got.GetInstanceSize() != "M30" || got.GetDiskSizeGB() != 10 || !c.GetPitEnabled() {
			t.Errorf("the hardware is %+v", got)
		}
		c, resp, err = d.ClustersApi.GetCluster(ctx, group, "shop").Execute()
		must(t, c, resp, err)
		list, resp, err := d.ClustersApi.ListClusters(ctx, group).Execute()
		if must(t, list, resp, err).GetTotalCount() != 1 {
			t.Errorf("the clusters are %v", list)
		}
		all, resp, err := d.ClustersApi.ListClustersForAllProjects(ctx).Execute()
		if got := must(t, all, resp, err).GetResults(); len(got) != 1 || len(got[0].GetClusters()) != 1 {
			t.Errorf("the projects are %v", got)
		}
		status, resp, err := d.ClustersApi.GetClusterStatus(ctx, group, "shop").Execute()
		if must(t, status, resp, err).GetChangeStatus() != "APPLIED" {
			t.Errorf("the status is %+v", status)
		}
		args, resp, err := d.ClustersApi.UpdateClusterAdvancedConfiguration(ctx, group, "shop", &admin.ClusterDescriptionProcessArgs20240805{JavascriptEnabled: to(false)}).Execute()
		must(t, args, resp, err)
		args, resp, err = d.ClustersApi.GetClusterAdvancedConfiguration(ctx, group, "shop").Execute()
		if must(t, args, resp, err).GetJavascriptEnabled() {
			t.Errorf("the arguments are %+v", args)
		}
		offered, resp, err := d.ClustersApi.ListCloudProviderRegions(ctx, group).Providers([]string{"AWS"}).Tier("M10").Execute()
		if got := must(t, offered, resp, err).GetResults(); len(got) != 1 || len(got[0].GetInstanceSizes()) != 1 {
			t.Errorf("the regions are %v", got)
		}
		resp, err = d.ClustersApi.DeleteCluster(ctx, group, "shop").RetainBackups(true).Execute()
		must(t, true, resp, err)
		_, resp, err = d.ClustersApi.GetCluster(ctx, group, "shop").Execute()
		refused(t, resp, err, http.StatusNotFound, "CLUSTER_NOT_FOUND")
		sharded := cluster("sharded")
		sharded.ClusterType = to("SHARDED")
		_, resp, err = d.ClustersApi.CreateCluster(ctx, group, sharded).Execute()
		refused(t, resp, err, http.StatusConflict, "UNSUPPORTED_FEATURE")
	})
}

func TestUpgrades(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, d drive) {
		ctx, group := t.Context(), string(d.service.ProjectID)
		for _, name := range []string{"one", "two"} {
			c, resp, err := d.FlexClustersApi.CreateFlexCluster(ctx, group, flex(name)).Execute()
			must(t, c, resp, err)
			_, resp, err = d.ClustersApi.GetCluster(ctx, group, name).Execute()
			refused(t, resp, err, http.StatusBadRequest, "CANNOT_USE_FLEX_CLUSTER_IN_CLUSTER_API")
		}
		up, resp, err := d.FlexClustersApi.UpgradeFlexCluster(ctx, group, &admin.AtlasTenantClusterUpgradeRequest20240805{
			Name: "one", ClusterType: to("REPLICASET"), ReplicationSpecs: cluster("one").ReplicationSpecs,
		}).Execute()
		must(t, up, resp, err)
		old, resp, err := d.ClustersApi.UpgradeSharedCluster(ctx, group, &admin.LegacyAtlasTenantClusterUpgradeRequest{
			Name: "two", ProviderSettings: &admin.ClusterProviderSettings{ProviderName: "AWS", InstanceSizeName: to("M10"), RegionName: to("US_EAST_1")},
		}).Execute()
		must(t, old, resp, err)
		for _, name := range []string{"one", "two"} {
			c, resp, err := d.ClustersApi.GetCluster(ctx, group, name).Execute()
			must(t, c, resp, err)
		}
	})
}
