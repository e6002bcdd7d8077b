//go:build !linux

package process

import "syscall"

// attributes puts a child into a process group of its own, so that a terminal's interrupt reaches only the daemon.
// Without a parent-death signal children of a killed daemon live until the next one reaps them.
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
