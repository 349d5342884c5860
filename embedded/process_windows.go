package embedded

import "syscall"

func closeToOthers() {}

// ownGroup keeps a Ctrl-C at the terminal from the child: its parent stops it
// when it has no more use for it.
func ownGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
}
