// Package sjson turns documents as FerretDB v1.24 keeps them in SQLite into BSON.
//
// A document is a JSON object whose first member, "$s", is its schema: "$k" has
// the names of the fields in order, "p" the type of each. The other members are
// the values, in the order of "$k". So a value is read by the place it has, not
// by its name: FerretDB writes the names of the outermost fields without
// escaping them, and some come back as other names.
//
// Parsing a schema costs more than parsing the values behind it, and documents
// of a collection mostly share theirs, so a Decoder remembers schemas by their
// text.
//
// What is not in this form is an error; nothing is guessed.
package sjson
