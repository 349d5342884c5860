// Package fuzztest sends any request at all to a handler of package atlas, and
// judges the answer: no panic, no 500, every error in the error shape, and every
// answer of the Atlas Admin API as Atlas's document wants it. The fuzz targets of
// package atlas, before a service in memory, and of package service, before the
// real one, are made of it.
package fuzztest
