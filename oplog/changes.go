package oplog

import "tidemark/run"

// Servers log an insert of what was not there, and a delete or an update of what
// was. So inserts and deletes add up to the number of documents, whatever the
// base has. What is known of a document from entries before, as long as it is
// in memory, must agree; a log that somebody replayed into the server may not.

// inserted counts an insert of a document of which known is known, 0: nothing.
func (c *Changes) inserted(known run.Edit) {
	switch known {
	case run.EditPut, run.EditPatch:
		c.Doubtful = true
	default:
		c.Documents++
	}
}

// deleted counts a delete.
func (c *Changes) deleted(known run.Edit) {
	if known == run.EditDelete {
		c.Doubtful = true
		return
	}
	c.Documents--
}

// replaced counts an update that puts a whole document.
func (c *Changes) replaced(known run.Edit) {
	if known == run.EditDelete {
		c.Doubtful = true
		c.Documents++
	}
}
