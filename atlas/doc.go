// Package atlas speaks the Atlas Admin API v2 over HTTP for a
// tidemark.Service, so that the clients of Atlas work unchanged, and an API of
// its own under /api/tidemark/v1 for what Atlas has no words for.
//
// The idea: an operation is one row of a table (method, path, versions,
// status) and one short function from a request to a value. All else happens
// around it, in one order for every operation:
//
//  1. who asks: HTTP digest or a bearer token, else 401 with the challenges;
//     from where: an address that the key's access list has, else 403;
//  2. what is asked: 404 for an unknown path, 501 for what Atlas documents and
//     is not served (documented.txt), 405 with Allow for a method that the path
//     does not have; HEAD is GET without a body;
//  3. the version: the newest of the resource at or before the date that
//     Accept asks for, else 406; the answer's Content-Type names it. One past
//     its sunset is served with the headers that say so, or is 410, by Config;
//  4. the identifiers in the path: malformed ones are 404 INVALID_…_ID;
//  5. the rate limit of the family in the project or organization, else 429;
//  6. the query: envelope, pretty, pageNum, itemsPerPage, includeCount;
//  7. the body, which may be gzip: unknown, read-only, missing and malformed
//     attributes are 400 and named;
//  8. the service, whose error codes one table maps to status and errorCode.
//
// It fails in one shape: {detail, error, errorCode, parameters, reason}, with
// the header X-Error-Code; the extension API adds a hint. What is not the
// caller's fault is 500 UNEXPECTED_ERROR, its cause only in the log, beside
// the id that the answer carries as X-Request-Id. A panic is that, too. The
// envelope wraps results only, never errors.
//
// Digest authentication (RFC 7616) has no sessions: a nonce is a time, a
// random part and an HMAC over both, so every process with the same key can
// check it. Request counters are kept per nonce in bounded memory; when it is
// full the oldest nonces become stale, never replayable.
//
// Secrets stay out of logs, errors and answers: no query, no Authorization
// header and no path of a download is logged, and connection strings are shown
// redacted or not at all.
package atlas
