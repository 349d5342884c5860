// Package restoretest has what tests of captures and restores share: real
// deployments with data in them, vaults, comparisons of whole deployments, and
// a decorator that makes a deployment fail where a test wants it to.
package restoretest
