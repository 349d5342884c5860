package node

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"

	"tidemark"
	"tidemark/client"
	"tidemark/service"
)

// keepCredentials makes the first keys on the first start, and writes where
// the service listens on every start. A credentials file that was lost is made
// again with new keys: whoever can write the data directory has the master key
// anyway.
func (n *Node) keepCredentials(ctx context.Context) error {
	path := filepath.Join(n.cfg.DataDir, client.CredentialsFile)
	base := baseURL(n.listener.Addr())
	// The file is written before the keys are committed: keys that nobody was
	// told of could never be used.
	keep := func(c service.Credentials) error {
		n.credentials = client.Credentials{
			BaseURL: base, OrgID: c.OrgID.String(), GroupID: c.GroupID.String(),
			PublicKey: c.PublicKey, PrivateKey: c.PrivateKey, ClientID: c.ClientID, ClientSecret: c.ClientSecret,
		}
		return writeCredentials(path, n.credentials)
	}
	made, err := n.service.Bootstrap(ctx, keep)
	if err != nil || made {
		return err
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		n.log.Warn("credentials.json was missing: a new owner key and service account were made")
		return n.service.NewOwner(ctx, keep)
	}
	if n.credentials, err = client.ReadCredentials(n.cfg.DataDir); err != nil {
		return err
	}
	n.credentials.BaseURL = base
	return writeCredentials(path, n.credentials)
}

// writeCredentials replaces the file in one step.
func writeCredentials(path string, c client.Credentials) error {
	b, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return err
	}
	next := path + ".next"
	f, err := os.OpenFile(next, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return cannotWrite(err)
	}
	_, err = f.Write(append(b, '\n'))
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return cannotWrite(err)
	}
	if err := os.Rename(next, path); err != nil {
		return cannotWrite(err)
	}
	return nil
}

func cannotWrite(err error) error {
	return tidemark.Errorf(tidemark.CodeInvalidAttribute, "the credentials cannot be written: %w", err).
		WithHint("The data directory must be writable and its disk must have room.")
}

// baseURL is the address that a client on this machine can use. A service that
// listens on all addresses is reached on loopback.
func baseURL(addr net.Addr) string {
	host, port, err := net.SplitHostPort(addr.String())
	if err != nil {
		return "http://" + addr.String()
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port)
}
