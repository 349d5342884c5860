package mongo

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/session"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/topology"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/xoptions"

	"tidemark"
)

// Deployment is a MongoDB-compatible server, replica set or cluster. All
// methods may be called from many goroutines.
type Deployment struct {
	client   *driver.Client
	topology *topology.Topology
	opts     Options
	times    times
	// oplogPreference is that of the connection string, else a secondary where
	// there is one: what a majority has is the same everywhere.
	oplogPreference *readpref.ReadPref
	// smallReplies is set once a server's reply was larger than the driver takes.
	smallReplies atomic.Bool

	mu   sync.Mutex
	info *tidemark.ServerInfo // what Describe last said
}

var _ tidemark.Target = (*Deployment)(nil)

// Open checks the connection string and begins to watch the deployment. It
// waits for no server: the first operation does. A connection string that
// cannot be used is CodeInvalidAttribute with the parameter "uri".
func Open(ctx context.Context, uri string, opts Options) (*Deployment, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	clientOpts, err := parseURI(uri)
	if err != nil {
		return nil, err
	}
	opts = opts.withDefaults()
	oplogPreference := clientOpts.ReadPreference
	if oplogPreference == nil {
		oplogPreference = readpref.SecondaryPreferred()
	}
	applyDefaults(clientOpts, opts)

	cfg, err := topology.NewConfig(clientOpts, new(session.ClusterClock))
	if err != nil {
		return nil, uriError("the connection string %s cannot be used: %s", RedactURI(uri), scrub(err.Error(), uri))
	}
	topo, err := topology.New(cfg)
	if err != nil {
		return nil, uriError("the connection string %s cannot be used: %s", RedactURI(uri), scrub(err.Error(), uri))
	}
	if err := xoptions.SetInternalClientOptions(clientOpts, "deployment", topo); err != nil {
		return nil, tidemark.Errorf(tidemark.CodeInternal, "the driver takes no topology: %w", err)
	}
	client, err := driver.Connect(clientOpts)
	if err != nil {
		return nil, uriError("the connection string %s cannot be used: %s", RedactURI(uri), scrub(err.Error(), uri))
	}
	return &Deployment{client: client, topology: topo, opts: opts, oplogPreference: oplogPreference}, nil
}

// applyDefaults sets what the connection string leaves open. The options of
// opts go before those of the connection string where they are set.
func applyDefaults(c *options.ClientOptions, opts Options) {
	switch {
	case opts.AppName != "":
		c.SetAppName(opts.AppName)
	case c.AppName == nil:
		c.SetAppName("tidemark")
	}
	switch {
	case opts.ServerSelectionTimeout != 0:
		c.SetServerSelectionTimeout(opts.ServerSelectionTimeout)
	case c.ServerSelectionTimeout == nil:
		c.SetServerSelectionTimeout(10 * time.Second)
	}
	switch {
	case opts.MaxConnections != 0:
		c.SetMaxPoolSize(opts.MaxConnections)
	case c.MaxPoolSize == nil:
		c.SetMaxPoolSize(100)
	}
	if c.ConnectTimeout == nil {
		c.SetConnectTimeout(10 * time.Second)
	}
	if c.ReadPreference == nil {
		c.SetReadPreference(readpref.PrimaryPreferred())
	}
	// Operations have deadlines of their own, and are tried again here.
	c.Timeout = nil
	c.SetRetryReads(false)
	c.SetRetryWrites(false)
}

// Close ends the connections. Operations under way fail.
func (d *Deployment) Close(ctx context.Context) error {
	if err := d.client.Disconnect(ctx); err != nil {
		return d.fault(ctx, "close the connections", err)
	}
	return nil
}

// serverInfo is what Describe last said, asked for the first time it is needed.
func (d *Deployment) serverInfo(ctx context.Context) (tidemark.ServerInfo, error) {
	d.mu.Lock()
	info := d.info
	d.mu.Unlock()
	if info != nil {
		return *info, nil
	}
	return d.Describe(ctx)
}

// command runs one command on the primary, with retries, within the operation
// timeout for each try.
func (d *Deployment) command(ctx context.Context, what, db string, cmd bson.D) (bson.Raw, error) {
	var reply bson.Raw
	err := d.retry(ctx, what, func(ctx context.Context) (err error) {
		reply, err = d.commandOnce(ctx, db, cmd)
		return err
	})
	return reply, err
}

// commandOnce is command without retries and with the driver's own errors.
func (d *Deployment) commandOnce(ctx context.Context, db string, cmd bson.D) (bson.Raw, error) {
	ctx, cancel := context.WithTimeout(ctx, d.opts.OperationTimeout)
	defer cancel()
	reply, err := d.client.Database(db).RunCommand(ctx, cmd, options.RunCmd().SetReadPreference(readpref.Primary())).Raw()
	if err != nil {
		return nil, err
	}
	d.times.observe(reply)
	return reply, nil
}
