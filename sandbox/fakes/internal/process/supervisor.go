// Package process starts, watches and stops the programs of a sandbox.
//
// Everything a [Supervisor] starts is recorded with process id and start time under <stateDir>/processes, and a
// new supervisor first ends what a killed predecessor left behind. Output goes to <stateDir>/logs/<name>.log.
package process

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"syscall"
	"time"
)

// Spec says what to start.
type Spec struct {
	// Name identifies the process in the supervisor, its log file and its record: letters, digits, '.', '-'.
	Name string
	// Path of the executable.
	Path string
	Args []string
	// Env is added to the environment of the daemon, which is reduced to PATH, HOME and TMPDIR.
	Env []string
	// Dir is the working directory; default: the state directory.
	Dir string
	// Ready is asked again and again until it returns nil. Without it a started process counts as ready.
	Ready func(context.Context) error
	// Restart starts the process again, with growing delays, whenever it ends without having been stopped.
	Restart bool
}

// Status is what a supervised process is doing.
type Status struct {
	Name string `json:"name"`
	PID  int    `json:"pid"`
	// State is one of starting, running, backoff (waiting to be started again), exited.
	State    string    `json:"state"`
	Restarts int       `json:"restarts"`
	Since    time.Time `json:"since"`
}

// States of a supervised process.
const (
	StateStarting = "starting"
	StateRunning  = "running"
	StateBackoff  = "backoff"
	StateExited   = "exited"
)

const (
	// DefaultGrace is how long a process may take between SIGTERM and SIGKILL.
	DefaultGrace = 6 * time.Second

	readyPoll    = 100 * time.Millisecond
	readyTimeout = 3 * time.Second
	firstDelay   = 250 * time.Millisecond
	longestDelay = 10 * time.Second
	// stableAfter is how long a process must have run for the delays to start from the beginning.
	stableAfter = time.Minute
	// stagger is the head start a process has over the one that was started before it when all are stopped.
	stagger = 150 * time.Millisecond
)

// ErrStopped is returned by Start when the process is stopped before it became ready.
var ErrStopped = errors.New("stopped before it was ready")

// Supervisor owns the child processes of one sandbox. It is safe for concurrent use.
type Supervisor struct {
	stateDir string
	grace    time.Duration
	log      *slog.Logger

	mu       sync.Mutex
	children []*child // in order of start
	closed   bool
	forks    chan fork
}

// New returns the supervisor of a state directory after ending what an earlier one left running there.
func New(stateDir string, log *slog.Logger) (*Supervisor, error) {
	s := &Supervisor{stateDir: stateDir, grace: DefaultGrace, log: log, forks: make(chan fork)}
	for _, dir := range []string{s.recordDir(), s.logDir()} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, fmt.Errorf("supervisor: %w", err)
		}
	}
	if err := s.reap(); err != nil {
		return nil, err
	}
	go s.forkLoop()
	return s, nil
}

func (s *Supervisor) recordDir() string { return filepath.Join(s.stateDir, "processes") }
func (s *Supervisor) logDir() string    { return filepath.Join(s.stateDir, "logs") }

// LogFile is where the output of the process of that name goes.
func (s *Supervisor) LogFile(name string) string { return filepath.Join(s.logDir(), name+".log") }

// Start starts a process and returns when it is ready. When it ends before, or ctx is done first, it is stopped and
// the error carries its last words.
func (s *Supervisor) Start(ctx context.Context, spec Spec) error {
	c := &child{spec: spec, sup: s, state: StateStarting, since: time.Now(), stop: make(chan struct{}), done: make(chan struct{})}

	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return fmt.Errorf("process %s: the sandbox is stopping", spec.Name)
	}
	if i := s.index(spec.Name); i >= 0 {
		if s.children[i].status().State != StateExited {
			s.mu.Unlock()
			return fmt.Errorf("process %s: already started", spec.Name)
		}
		s.children = slices.Delete(s.children, i, i+1)
	}
	s.children = append(s.children, c)
	s.mu.Unlock()

	if err := c.launch(); err != nil {
		close(c.done)
		s.forget(c)
		return err
	}
	go c.watch()

	if err := c.awaitReady(ctx); err != nil {
		c.halt(s.grace)
		s.forget(c)
		if words := c.lastWords(); words != "" {
			return fmt.Errorf("process %s: %w; its last words in %s:\n%s", spec.Name, err, s.LogFile(spec.Name), words)
		}
		return fmt.Errorf("process %s: %w", spec.Name, err)
	}
	return nil
}

// Stop ends a process: SIGTERM, then SIGKILL when the grace period is over. Stopping an unknown process is no error.
func (s *Supervisor) Stop(name string) error {
	s.mu.Lock()
	i := s.index(name)
	if i < 0 {
		s.mu.Unlock()
		return nil
	}
	c := s.children[i]
	s.mu.Unlock()

	c.halt(s.grace)
	s.forget(c)
	return nil
}

// StopAll ends everything in the reverse order of start and refuses to start anything more. Each process has a small
// head start over those it may depend on, so that the whole takes seconds and not the sum of all grace periods.
func (s *Supervisor) StopAll() {
	s.mu.Lock()
	s.closed = true
	children := slices.Clone(s.children)
	s.mu.Unlock()

	var wg sync.WaitGroup
	for _, c := range slices.Backward(children) {
		wg.Go(func() { c.halt(s.grace) })
		select {
		case <-c.done:
		case <-time.After(stagger):
		}
	}
	wg.Wait()
	for _, c := range children {
		s.forget(c)
	}
}

// List returns the state of every process, in order of start.
func (s *Supervisor) List() []Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Status, 0, len(s.children))
	for _, c := range s.children {
		out = append(out, c.status())
	}
	return out
}

// Find returns the state of a process; one that is not known has exited.
func (s *Supervisor) Find(name string) Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := s.index(name); i >= 0 {
		return s.children[i].status()
	}
	return Status{Name: name, State: StateExited}
}

func (s *Supervisor) index(name string) int {
	return slices.IndexFunc(s.children, func(c *child) bool { return c.spec.Name == name })
}

func (s *Supervisor) forget(c *child) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.children = slices.DeleteFunc(s.children, func(o *child) bool { return o == c })
}

// fork asks the fork loop to start a command.
type fork struct {
	cmd  *exec.Cmd
	done chan error
}

// forkLoop starts all commands from one operating system thread that lives as long as the daemon: the kernel sends
// the parent-death signal when the forking thread ends, not the process.
func (s *Supervisor) forkLoop() {
	runtime.LockOSThread()
	for f := range s.forks {
		f.done <- f.cmd.Start()
	}
}

func (s *Supervisor) start(cmd *exec.Cmd) error {
	f := fork{cmd: cmd, done: make(chan error, 1)}
	s.forks <- f
	return <-f.done
}

// signalGroup signals a process and all that it started.
func signalGroup(pid int, sig syscall.Signal) {
	if err := syscall.Kill(-pid, sig); err != nil {
		_ = syscall.Kill(pid, sig)
	}
}
