// Package client calls a Tidemark service through its API, as the command line
// does: the Atlas Admin API under /api/atlas/v2 and Tidemark's own extensions
// under /api/tidemark/v1.
//
// Find learns where the service is and with which key to speak: from the
// credentials.json of a local data directory, or from the environment. A call
// authenticates by HTTP digest with an API key, or by a bearer token that it
// gets once for a service account.
//
// A refusal of the service comes back as a *tidemark.Error whose message is
// the detail of the answer; a service that does not answer, as
// tidemark.CodeTargetUnreachable with a hint how to start one.
package client
