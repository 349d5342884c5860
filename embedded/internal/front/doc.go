// Package front stands between the clients of an embedded server and FerretDB.
//
// It passes messages of MongoDB's wire protocol on, unchanged, a connection to
// FerretDB for each of a client, and does three things besides.
//
// It sees to it that what is written has entries in the oplog (see package
// oplogstore): a collection is made, and watched, before the first write to it;
// commands that make, rename or drop run alone on their database; and every
// command that may write is announced before and done after.
//
// It answers commands on local.oplog.rs itself, out of the store. FerretDB would
// read the whole log for every query; here ts is the key. find takes a filter on
// ts, the order $natural, limit, and tailable cursors that await data; there are
// count and collStats. Other filters, projections and writes are refused.
//
// It answers a client only once the entries of its write can be seen.
//
// A message that cannot be parsed closes the connection: nothing gets past.
package front
