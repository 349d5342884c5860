package service

import (
	"context"
	"net"
	"net/url"
	"strconv"
	"strings"

	"tidemark"
)

// defaultPort is where a mongod listens if its connection string names no port.
const defaultPort = 27017

// ListProcesses needs any role in the project.
func (s *Service) ListProcesses(ctx context.Context, c tidemark.Caller, id tidemark.ID, p tidemark.Page) ([]*tidemark.Process, int, error) {
	if err := checkPage(p); err != nil {
		return nil, 0, err
	}
	all, err := s.processes(ctx, c, id)
	if err != nil {
		return nil, 0, err
	}
	return pageOf(all, p), len(all), nil
}

// GetProcess needs any role in the project.
func (s *Service) GetProcess(ctx context.Context, c tidemark.Caller, id tidemark.ID, process string) (*tidemark.Process, error) {
	all, err := s.processes(ctx, c, id)
	if err != nil {
		return nil, err
	}
	for _, p := range all {
		if strings.EqualFold(net.JoinHostPort(p.Host, strconv.Itoa(p.Port)), process) {
			return p, nil
		}
	}
	return nil, tidemark.Errorf(tidemark.CodeProcessNotFound, "no instance of the project has the host %s", clip(process)).
		WithParams(clip(process), id)
}

// processes are those of all instances of a project.
func (s *Service) processes(ctx context.Context, c tidemark.Caller, id tidemark.ID) ([]*tidemark.Process, error) {
	var all []*tidemark.Process
	err := s.store.View(ctx, func(tx tidemark.Tx) error {
		if _, err := project(ctx, tx, c, id, rightRead); err != nil {
			return err
		}
		for page := firstPage; ; page.Number++ {
			list, total, err := tx.Instances(ctx, id, "", page)
			if err != nil {
				return err
			}
			for _, i := range list {
				all = append(all, processesOf(i, s.shown(i))...)
			}
			if len(list) == 0 || page.Offset()+len(list) >= total {
				return nil
			}
		}
	})
	return all, err
}

// processesOf reads the hosts of a connection string
// (https://www.mongodb.com/docs/manual/reference/connection-string/). A socket
// file is no host; of mongodb+srv only the name is known.
func processesOf(i, shown *tidemark.Instance) []*tidemark.Process {
	_, rest, _ := strings.Cut(i.URI, "://")
	rest, query, _ := strings.Cut(rest, "?")
	hosts, _, _ := strings.Cut(rest, "/")
	hosts = hosts[strings.LastIndex(hosts, "@")+1:]
	if hosts == "" {
		return nil
	}
	var replicaSet string
	if values, err := url.ParseQuery(query); err == nil {
		replicaSet = values.Get("replicaSet")
	}
	var out []*tidemark.Process
	for member := range strings.SplitSeq(hosts, ",") {
		host, port := hostAndPort(member)
		if host == "" || strings.Contains(member, "%") {
			continue
		}
		out = append(out, &tidemark.Process{
			ProjectID: i.ProjectID, Instance: shown, Host: host, Port: port, ReplicaSet: replicaSet,
			Alone: !strings.Contains(hosts, ",") && !strings.HasPrefix(i.URI, "mongodb+srv:"),
		})
	}
	return out
}

func hostAndPort(member string) (string, int) {
	host, text, err := net.SplitHostPort(member)
	if err != nil {
		return strings.Trim(member, "[]"), defaultPort
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		return "", 0
	}
	return host, port
}
