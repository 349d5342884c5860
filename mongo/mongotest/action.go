package mongotest

import "go.mongodb.org/mongo-driver/v2/bson"

// Action is what a FaultProxy does with a command.
type Action struct {
	kind  actionKind
	reply bson.Raw
	until <-chan struct{}
}

type actionKind int

const (
	pass actionKind = iota
	answer
	cut
	cutAfter
)

// Pass hands the command on to the server.
func Pass() Action { return Action{} }

// Fail answers the command with an error document; the server does not see it.
func Fail(code int32, name, message string) Action {
	return Answer(CommandError(code, name, message))
}

// Answer answers the command with a document; the server does not see it.
func Answer(reply bson.Raw) Action { return Action{kind: answer, reply: reply} }

// Cut closes the client's connection; the server does not see the command.
func Cut() Action { return Action{kind: cut} }

// CutAfter lets the server do the command and closes the client's connection in
// place of its reply.
func CutAfter() Action { return Action{kind: cutAfter} }

// After holds the command until the channel is closed, and then does a.
func (a Action) After(until <-chan struct{}) Action {
	a.until = until
	return a
}

// Hook decides on a command. n is 1 for the first command that the proxy sees;
// greetings, logins and endSessions are passed without being counted.
type Hook func(n int, cmd Command) Action

// Nth does an action on the n-th command and passes all others.
func Nth(n int, a Action) Hook {
	return func(i int, _ Command) Action {
		if i == n {
			return a
		}
		return Pass()
	}
}
