// Package sdktest drives the API with Atlas's official Go SDK, by both kinds
// of authentication. It is a package of its own because the SDK is slow to
// compile.
package sdktest
