package process

import "syscall"

// attributes puts a child into a process group of its own, so that a terminal's interrupt reaches only the daemon,
// and has the kernel end it when the daemon dies.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
}
