package atlas

import (
	"net"
	"net/netip"
	"strconv"

	"tidemark"
)

// process is ApiHostView_Atlas.
type process struct {
	Created        date        `json:"created"`
	GroupID        tidemark.ID `json:"groupId"`
	Hostname       string      `json:"hostname"`
	ID             string      `json:"id"`
	Links          []link      `json:"links"`
	Port           int         `json:"port"`
	ReplicaSetName string      `json:"replicaSetName,omitempty"`
	TypeName       string      `json:"typeName"`
	UserAlias      string      `json:"userAlias"`
	Version        string      `json:"version,omitempty"`
}

// process shows a host. Only a host that is alone is known to be the primary:
// nobody asks the deployment here.
func (q *request) process(p *tidemark.Process) any {
	id := net.JoinHostPort(p.Host, strconv.Itoa(p.Port))
	typeName := "NO_DATA"
	if p.Alone && p.Instance.State != tidemark.StateCreating {
		typeName = "REPLICA_PRIMARY"
	}
	return process{
		Created: date{p.Instance.CreatedAt}, GroupID: p.ProjectID, Hostname: p.Host, ID: id,
		Links: q.self("/groups/%s/processes/%s", p.ProjectID, id), Port: p.Port, ReplicaSetName: p.ReplicaSet,
		TypeName: typeName, UserAlias: p.Host, Version: p.Instance.MongoDBVersion,
	}
}

func (a *api) listProcesses(q *request) (any, error) {
	items, total, err := a.service.ListProcesses(q.ctx, q.caller, q.projectID(), q.page)
	return listed(q, items, total, err, q.process)
}

func (a *api) getProcess(q *request) (any, error) {
	p, err := a.service.GetProcess(q.ctx, q.caller, q.projectID(), q.path["processId"])
	return one(p, err, q.process)
}

// ipAddresses is GroupIPAddresses.
type ipAddresses struct {
	GroupID  tidemark.ID `json:"groupId"`
	Services ipServices  `json:"services"`
}

type ipServices struct {
	Clusters []*clusterAddresses `json:"clusters"`
}

// clusterAddresses is ClusterIPAddresses. Where connections come from is
// wherever the service runs, which it does not know.
type clusterAddresses struct {
	ClusterName    string   `json:"clusterName"`
	FutureInbound  []string `json:"futureInbound"`
	FutureOutbound []string `json:"futureOutbound"`
	Inbound        []string `json:"inbound"`
	Outbound       []string `json:"outbound"`
}

// projectIPAddresses shows the addresses that connection strings have. Names
// are not looked up.
func (a *api) projectIPAddresses(q *request) (any, error) {
	out := ipAddresses{GroupID: q.projectID(), Services: ipServices{Clusters: []*clusterAddresses{}}}
	for page := (tidemark.Page{Number: 1, Size: 500}); ; page.Number++ {
		items, total, err := a.service.ListProcesses(q.ctx, q.caller, q.projectID(), page)
		if err != nil {
			return nil, err
		}
		for _, p := range items {
			out.Services.add(p)
		}
		if len(items) == 0 || page.Offset()+len(items) >= total {
			return out, nil
		}
	}
}

// add puts a host to its cluster; hosts of one come one after another.
func (s *ipServices) add(p *tidemark.Process) {
	n := len(s.Clusters)
	if n == 0 || s.Clusters[n-1].ClusterName != p.Instance.Name {
		s.Clusters = append(s.Clusters, &clusterAddresses{
			ClusterName: p.Instance.Name, FutureInbound: []string{}, FutureOutbound: []string{}, Inbound: []string{}, Outbound: []string{},
		})
		n++
	}
	if _, err := netip.ParseAddr(p.Host); err == nil {
		s.Clusters[n-1].Inbound = append(s.Clusters[n-1].Inbound, p.Host)
	}
}
