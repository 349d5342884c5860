// Package sdktest drives the API with Atlas's official Go SDK, by both kinds
// of authentication. It is a package of its own because the SDK is slow to
// compile.
//
// Each answer that the SDK has decoded is noted with its operation, which the
// contract finds by the request, and its kind of authentication. A whole run
// fails if a served operation is missing, or an error of a family.
package sdktest
