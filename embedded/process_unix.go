//go:build unix

package embedded

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// closeToOthers makes all files that the process makes its owner's alone.
func closeToOthers() { unix.Umask(0o077) }

// ownGroup keeps a Ctrl-C at the terminal from the child: its parent stops it
// when it has no more use for it.
func ownGroup() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
