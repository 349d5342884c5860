package atlas

import (
	"math"

	"tidemark"
)

// maxProcessArg bounds the numbers of processArgs, of which some are int64.
const maxProcessArg = math.MaxInt32

// processArgsView is ClusterDescriptionProcessArgs20240805, and, with the two
// attributes at its end, ClusterDescriptionProcessArgs.
type processArgsView struct {
	ChangeStreamExpireAfterSeconds  int64    `json:"changeStreamOptionsPreAndPostImagesExpireAfterSeconds"`
	ChunkMigrationConcurrency       *int64   `json:"chunkMigrationConcurrency,omitempty"`
	CustomOpensslCipherConfigTLS12  []string `json:"customOpensslCipherConfigTls12"`
	DefaultMaxTimeMS                *int64   `json:"defaultMaxTimeMS,omitempty"`
	DefaultWriteConcern             string   `json:"defaultWriteConcern,omitempty"`
	JavascriptEnabled               bool     `json:"javascriptEnabled"`
	MinimumEnabledTLSProtocol       string   `json:"minimumEnabledTlsProtocol"`
	NoTableScan                     bool     `json:"noTableScan"`
	OplogMinRetentionHours          *float64 `json:"oplogMinRetentionHours"`
	OplogSizeMB                     *int64   `json:"oplogSizeMB"`
	QueryStatsLogVerbosity          *int64   `json:"queryStatsLogVerbosity,omitempty"`
	SampleRefreshIntervalBI         *int64   `json:"sampleRefreshIntervalBIConnector,omitempty"`
	SampleSizeBI                    *int64   `json:"sampleSizeBIConnector,omitempty"`
	TLSCipherConfigMode             string   `json:"tlsCipherConfigMode"`
	TransactionLifetimeLimitSeconds *int64   `json:"transactionLifetimeLimitSeconds,omitempty"`
	DefaultReadConcern              string   `json:"defaultReadConcern,omitempty"`
	FailIndexKeyTooLong             *bool    `json:"failIndexKeyTooLong,omitempty"`
}

// showProcessArgs fills in what Atlas has where nothing was set.
func (q *request) showProcessArgs(i *tidemark.Instance) any {
	p := &tidemark.ProcessArgs{}
	if i.Cluster != nil && i.Cluster.ProcessArgs != nil {
		p = i.Cluster.ProcessArgs
	}
	v := processArgsView{
		ChangeStreamExpireAfterSeconds: -1,
		ChunkMigrationConcurrency:      p.ChunkMigrationConcurrency,
		CustomOpensslCipherConfigTLS12: append([]string{}, p.CustomOpensslCipherConfigTLS12...),
		DefaultMaxTimeMS:               p.DefaultMaxTimeMS, DefaultWriteConcern: p.DefaultWriteConcern,
		JavascriptEnabled: p.JavascriptEnabled == nil || *p.JavascriptEnabled, NoTableScan: isTrue(p.NoTableScan),
		MinimumEnabledTLSProtocol: orElse(p.MinimumEnabledTLSProtocol, "TLS1_2"), TLSCipherConfigMode: orElse(p.TLSCipherConfigMode, "DEFAULT"),
		OplogMinRetentionHours: p.OplogMinRetentionHours, OplogSizeMB: p.OplogSizeMB, QueryStatsLogVerbosity: p.QueryStatsLogVerbosity,
		SampleRefreshIntervalBI: p.SampleRefreshIntervalBI, SampleSizeBI: p.SampleSizeBI,
		TransactionLifetimeLimitSeconds: p.TransactionLifetimeLimitSeconds,
	}
	if p.ChangeStreamExpireAfterSeconds != nil {
		v.ChangeStreamExpireAfterSeconds = *p.ChangeStreamExpireAfterSeconds
	}
	if q.version == v20230101 {
		yes := true
		v.DefaultReadConcern = orElse(p.DefaultReadConcern, "available")
		if v.FailIndexKeyTooLong = p.FailIndexKeyTooLong; v.FailIndexKeyTooLong == nil {
			v.FailIndexKeyTooLong = &yes
		}
	}
	return v
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// count reads a whole number that is at least least; nil if it is not there.
func (o *object) count(name string, least int64) *int64 {
	if !o.has(name) {
		o.ignored(name)
		return nil
	}
	n := o.integer(name, optional, least)
	return &n
}

// readTLS reads what advancedConfiguration has, too.
func readTLS(o *object, p *tidemark.ProcessArgs) {
	if o.has("customOpensslCipherConfigTls12") {
		p.CustomOpensslCipherConfigTLS12 = o.words("customOpensslCipherConfigTls12", optional, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256")
	} else {
		o.ignored("customOpensslCipherConfigTls12")
	}
	p.MinimumEnabledTLSProtocol = o.enum("minimumEnabledTlsProtocol", optional, "TLS1_0", "TLS1_1", "TLS1_2")
	p.TLSCipherConfigMode = o.enum("tlsCipherConfigMode", optional, "CUSTOM", "DEFAULT")
}

func (q *request) readProcessArgs(o *object) *tidemark.ProcessArgs {
	p := &tidemark.ProcessArgs{
		ChangeStreamExpireAfterSeconds:  o.count("changeStreamOptionsPreAndPostImagesExpireAfterSeconds", -1),
		ChunkMigrationConcurrency:       o.count("chunkMigrationConcurrency", 0),
		DefaultMaxTimeMS:                o.count("defaultMaxTimeMS", 0),
		DefaultWriteConcern:             o.text("defaultWriteConcern", optional, 64, nil),
		JavascriptEnabled:               o.flag("javascriptEnabled"),
		NoTableScan:                     o.flag("noTableScan"),
		OplogMinRetentionHours:          o.number("oplogMinRetentionHours", maxProcessArg),
		OplogSizeMB:                     o.count("oplogSizeMB", 0),
		QueryStatsLogVerbosity:          o.count("queryStatsLogVerbosity", 0),
		SampleRefreshIntervalBI:         o.count("sampleRefreshIntervalBIConnector", 0),
		SampleSizeBI:                    o.count("sampleSizeBIConnector", 0),
		TransactionLifetimeLimitSeconds: o.count("transactionLifetimeLimitSeconds", 1),
	}
	readTLS(o, p)
	if q.version == v20230101 {
		p.DefaultReadConcern = o.enum("defaultReadConcern", optional, "local", "available")
		p.FailIndexKeyTooLong = o.flag("failIndexKeyTooLong")
	}
	return p
}

func (a *api) getProcessArgs(q *request) (any, error) {
	i, err := a.service.GetInstance(q.ctx, q.caller, q.projectID(), q.instance(), q.kind())
	return one(i, err, q.showProcessArgs)
}

func (a *api) updateProcessArgs(q *request) (any, error) {
	o, err := q.body()
	if err != nil {
		return nil, err
	}
	args := q.readProcessArgs(o)
	if err := o.done(); err != nil {
		return nil, err
	}
	r := tidemark.InstanceUpdate{Kind: q.kind(), Cluster: &tidemark.ClusterSpec{ProcessArgs: args}}
	i, err := a.service.UpdateInstance(q.ctx, q.caller, q.projectID(), q.instance(), r)
	return one(i, err, q.showProcessArgs)
}
