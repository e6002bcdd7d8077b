package process

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// child is one supervised process over all its restarts.
type child struct {
	spec Spec
	sup  *Supervisor

	mu       sync.Mutex
	cmd      *exec.Cmd
	exited   chan struct{} // closed when cmd ended
	state    string
	restarts int
	since    time.Time
	logStart int64

	stopOnce sync.Once
	stop     chan struct{} // closed when the process shall end
	done     chan struct{} // closed when it ended for good
}

func (c *child) status() Status {
	c.mu.Lock()
	defer c.mu.Unlock()
	st := Status{Name: c.spec.Name, State: c.state, Restarts: c.restarts, Since: c.since}
	if c.cmd != nil && c.cmd.Process != nil && c.state != StateExited && c.state != StateBackoff {
		st.PID = c.cmd.Process.Pid
	}
	return st
}

func (c *child) setState(state string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state != state {
		c.state, c.since = state, time.Now()
	}
}

// launch starts the command once and records it.
func (c *child) launch() error {
	logFile, err := os.OpenFile(c.sup.LogFile(c.spec.Name), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("process %s: %w", c.spec.Name, err)
	}
	defer logFile.Close()
	offset, err := logFile.Seek(0, io.SeekEnd)
	if err != nil {
		return fmt.Errorf("process %s: %w", c.spec.Name, err)
	}

	cmd := exec.Command(c.spec.Path, c.spec.Args...)
	cmd.Dir = c.spec.Dir
	if cmd.Dir == "" {
		cmd.Dir = c.sup.stateDir
	}
	cmd.Env = append(inherited(), c.spec.Env...)
	cmd.Stdout, cmd.Stderr = logFile, logFile
	cmd.SysProcAttr = attributes()
	if err := c.sup.start(cmd); err != nil {
		return fmt.Errorf("process %s: %w", c.spec.Name, err)
	}
	if err := c.sup.writeRecord(c.spec, cmd.Process.Pid); err != nil {
		signalGroup(cmd.Process.Pid, syscall.SIGKILL)
		_ = cmd.Wait()
		return err
	}

	exited := make(chan struct{})
	c.mu.Lock()
	c.cmd, c.exited, c.logStart = cmd, exited, offset
	c.mu.Unlock()
	go func() {
		err := cmd.Wait()
		c.sup.log.Debug("process ended", "name", c.spec.Name, "pid", cmd.Process.Pid, "result", fmt.Sprint(err))
		close(exited)
	}()
	return nil
}

// watch follows the process until it ends for good.
func (c *child) watch() {
	defer close(c.done)
	delay := firstDelay
	for {
		started := time.Now()
		select {
		case <-c.exited:
		case <-c.stop:
			<-c.exited
		}
		if c.stopping() || !c.spec.Restart {
			c.sup.removeRecord(c.spec.Name)
			c.setState(StateExited)
			return
		}
		if time.Since(started) > stableAfter {
			delay = firstDelay
		}
		c.sup.log.Warn("process ended unexpectedly", "name", c.spec.Name, "again in", delay)
		if !c.relaunch(&delay) {
			c.sup.removeRecord(c.spec.Name)
			c.setState(StateExited)
			return
		}
	}
}

// relaunch waits and starts again until that works; false when the process shall end instead.
func (c *child) relaunch(delay *time.Duration) bool {
	for {
		c.setState(StateBackoff)
		select {
		case <-c.stop:
			return false
		case <-time.After(*delay):
		}
		*delay = min(*delay*2, longestDelay)
		if err := c.launch(); err != nil {
			c.sup.log.Warn("process does not start", "name", c.spec.Name, "error", err)
			continue
		}
		c.mu.Lock()
		c.restarts++
		c.mu.Unlock()
		c.setState(StateStarting)
		go func() { _ = c.awaitReady(context.Background()) }()
		return true
	}
}

func (c *child) stopping() bool {
	select {
	case <-c.stop:
		return true
	default:
		return false
	}
}

// awaitReady polls the readiness probe of the current run.
func (c *child) awaitReady(ctx context.Context) error {
	c.mu.Lock()
	exited := c.exited
	c.mu.Unlock()
	if c.spec.Ready == nil {
		c.setState(StateRunning)
		return nil
	}
	var last error
	for {
		probe, cancel := context.WithTimeout(ctx, readyTimeout)
		last = c.spec.Ready(probe)
		cancel()
		if last == nil {
			select {
			case <-exited: // something else may have answered the probe
				return errors.New("ended before it was ready")
			default:
			}
			c.setState(StateRunning)
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("not ready: %w (%w)", last, ctx.Err())
		case <-c.stop:
			return ErrStopped
		case <-exited:
			return errors.New("ended before it was ready")
		case <-time.After(readyPoll):
		}
	}
}

// halt ends the process for good and waits for that. It looks at the current run again and again, since one may just
// have been started when the order to stop came.
func (c *child) halt(grace time.Duration) {
	c.stopOnce.Do(func() { close(c.stop) })
	deadline := time.Now().Add(grace)
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	var signalled *exec.Cmd
	for {
		c.mu.Lock()
		cmd, exited := c.cmd, c.exited
		c.mu.Unlock()
		if cmd == nil {
			return
		}
		select {
		case <-exited: // the id may belong to somebody else by now
		default:
			if time.Now().After(deadline) {
				signalGroup(cmd.Process.Pid, syscall.SIGKILL)
			} else if signalled != cmd {
				signalGroup(cmd.Process.Pid, syscall.SIGTERM)
				signalled = cmd
			}
		}
		select {
		case <-c.done:
			return
		case <-ticker.C:
		}
	}
}

// lastWords is the end of what the current run wrote.
func (c *child) lastWords() string {
	const most = 2048
	c.mu.Lock()
	offset := c.logStart
	c.mu.Unlock()
	data, err := os.ReadFile(c.sup.LogFile(c.spec.Name))
	if err != nil || int64(len(data)) < offset {
		return ""
	}
	data = data[offset:]
	if len(data) > most {
		data = data[len(data)-most:]
		if i := bytes.IndexByte(data, '\n'); i >= 0 {
			data = data[i+1:]
		}
	}
	return string(bytes.TrimSpace(data))
}

// inherited is the part of the daemon's environment that children see: nothing of the user's Kubernetes, proxy or
// cloud settings may change what they do.
func inherited() []string {
	var env []string
	for _, key := range []string{"PATH", "HOME", "TMPDIR"} {
		if value, ok := os.LookupEnv(key); ok {
			env = append(env, key+"="+value)
		}
	}
	return env
}
