package demo

import (
	"strings"
	"text/template"
)

// goOnText shows how to send the same request by hand.
var goOnText = template.Must(template.New("").Parse(`
To send the same request by hand{{if not .Keep}} (run the demo with --keep, so that the service stays){{end}}:

  export MONGODB_ATLAS_PUBLIC_API_KEY={{.PublicKey}} MONGODB_ATLAS_PRIVATE_API_KEY={{.PrivateKey}}
  export MONGODB_ATLAS_OPS_MANAGER_URL={{.BaseURL}}/ MONGODB_ATLAS_PROJECT_ID={{.Project}}

curl:

  curl --digest --user "$MONGODB_ATLAS_PUBLIC_API_KEY:$MONGODB_ATLAS_PRIVATE_API_KEY" \
    --header 'Accept: application/vnd.atlas.2025-03-12+json' --header 'Content-Type: application/json' \
    -X POST '{{.BaseURL}}/api/atlas/v2/groups/{{.Project}}/serverless/{{.Source}}/backup/restoreJobs' \
    -d '{"deliveryType":"automated","snapshotId":"{{.Snapshot}}","targetClusterName":"{{.Target}}","targetGroupId":"{{.Project}}"}'

Atlas CLI:

  atlas serverless backups restores create --deliveryType automated --clusterName {{.Source}} \
    --snapshotId {{.Snapshot}} --targetClusterName {{.Target}} --targetProjectId {{.Project}}

Go SDK (go.mongodb.org/atlas-sdk/v20250312001/admin):

  client, err := admin.NewClient(admin.UseBaseURL("{{.BaseURL}}"), admin.UseDigestAuth(
      os.Getenv("MONGODB_ATLAS_PUBLIC_API_KEY"), os.Getenv("MONGODB_ATLAS_PRIVATE_API_KEY")))
  job, _, err := client.CloudBackupsApi.CreateServerlessBackupRestoreJob(ctx, "{{.Project}}", "{{.Source}}",
      &admin.ServerlessBackupRestoreJob{DeliveryType: "automated", SnapshotId: admin.PtrString("{{.Snapshot}}"),
          TargetClusterName: "{{.Target}}", TargetGroupId: "{{.Project}}"}).Execute()

tidemark:

  tidemark restores start {{.Source}} --target {{.Target}} --project {{.Project}} --data {{.Data}} --yes

`))

// goOn prints how to go on by hand. The keys are those of a service on
// loopback that lives as long as the demo.
func (s *show) goOn(snapshot string) error {
	c := s.node.Credentials()
	var b strings.Builder
	err := goOnText.Execute(&b, map[string]any{
		"Keep": s.Keep, "PublicKey": c.PublicKey, "PrivateKey": c.PrivateKey, "BaseURL": c.BaseURL,
		"Project": s.project, "Source": sourceName, "Target": copyName, "Snapshot": snapshot, "Data": s.Node.DataDir,
	})
	if err != nil {
		return err
	}
	_, err = s.Out.Write([]byte(b.String()))
	return err
}
