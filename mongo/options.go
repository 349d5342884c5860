package mongo

import "time"

// Options tune a Deployment. The zero value is fit for use.
type Options struct {
	// AppName is what the server's logs call this client; "tidemark" if empty
	// and the connection string names none.
	AppName string
	// RetryFor bounds how long an operation that fails in a way that may pass
	// is tried again; 30 seconds if zero, no second try if negative.
	RetryFor time.Duration
	// ServerSelectionTimeout bounds the wait for a member that can serve an
	// operation; 10 seconds if zero and the connection string sets none.
	ServerSelectionTimeout time.Duration
	// OperationTimeout bounds the wait for one answer of the server, index
	// builds apart; 2 minutes if zero.
	OperationTimeout time.Duration
	// MaxConnections bounds the connections to one member; 100 if zero and the
	// connection string sets none.
	MaxConnections uint64
	// BatchBytes is about how large a reply of a scan may be; 4 MiB if zero. A
	// server sends at most 16 MiB, and always at least one document.
	BatchBytes int
}

func (o Options) withDefaults() Options {
	if o.RetryFor == 0 {
		o.RetryFor = 30 * time.Second
	}
	if o.OperationTimeout == 0 {
		o.OperationTimeout = 2 * time.Minute
	}
	if o.BatchBytes == 0 {
		o.BatchBytes = 4 << 20
	}
	return o
}
