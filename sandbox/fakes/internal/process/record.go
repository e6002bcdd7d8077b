package process

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"firmament.example/sandbox/fakes/internal/atomicfile"
)

// record is what is known of a started process after the daemon has gone.
type record struct {
	Name      string    `json:"name"`
	PID       int       `json:"pid"`
	StartTime string    `json:"startTime"`
	Path      string    `json:"path"`
	Started   time.Time `json:"started"`
}

// StartTime identifies a process among those that had its id before: field 22 of /proc/<pid>/stat (clock ticks since
// boot), or what ps says where there is no /proc. Empty when there is no such process.
func StartTime(pid int) string {
	data, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err == nil {
		// The command, in parentheses, may itself hold spaces and parentheses.
		text := string(data)
		fields := strings.Fields(text[strings.LastIndexByte(text, ')')+1:])
		// A process that ended and was not yet waited for still has an entry.
		if len(fields) < 20 || fields[0] == "Z" || fields[0] == "X" {
			return ""
		}
		return fields[19]
	}
	if _, err := os.Stat("/proc/self/stat"); err == nil {
		return ""
	}
	out, err := exec.Command("ps", "-o", "lstart=", "-p", strconv.Itoa(pid)).Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}

func (s *Supervisor) recordFile(name string) string {
	return filepath.Join(s.recordDir(), name+".json")
}

func (s *Supervisor) writeRecord(spec Spec, pid int) error {
	data, err := json.MarshalIndent(record{
		Name: spec.Name, PID: pid, StartTime: StartTime(pid), Path: spec.Path, Started: time.Now().UTC(),
	}, "", "  ")
	if err != nil {
		return fmt.Errorf("process %s: %w", spec.Name, err)
	}
	if err := atomicfile.Write(s.recordFile(spec.Name), data, 0o600); err != nil {
		return fmt.Errorf("process %s: %w", spec.Name, err)
	}
	return nil
}

func (s *Supervisor) removeRecord(name string) {
	if err := os.Remove(s.recordFile(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		s.log.Warn("process record stays", "name", name, "error", err)
	}
}

// reap ends the processes an earlier daemon recorded and did not stop, the youngest first.
func (s *Supervisor) reap() error {
	entries, err := os.ReadDir(s.recordDir())
	if err != nil {
		return fmt.Errorf("supervisor: %w", err)
	}
	var left []record
	for _, entry := range entries {
		file := filepath.Join(s.recordDir(), entry.Name())
		var r record
		data, err := os.ReadFile(file)
		if err == nil && json.Unmarshal(data, &r) == nil && r.alive() {
			left = append(left, r)
			continue
		}
		_ = os.Remove(file)
	}
	slices.SortFunc(left, func(a, b record) int { return b.Started.Compare(a.Started) })
	for _, r := range left {
		s.log.Info("ending a process of an earlier run", "name", r.Name, "pid", r.PID)
		signalGroup(r.PID, syscall.SIGTERM)
	}
	deadline := time.Now().Add(s.grace)
	for _, r := range left {
		for r.alive() {
			if time.Now().After(deadline) {
				signalGroup(r.PID, syscall.SIGKILL)
			}
			if time.Now().After(deadline.Add(s.grace)) {
				return fmt.Errorf("process %s: pid %d of an earlier run does not end — it cannot be killed; end it by hand", r.Name, r.PID)
			}
			time.Sleep(20 * time.Millisecond)
		}
		s.removeRecord(r.Name)
	}
	return nil
}

func (r record) alive() bool {
	if r.PID <= 1 || r.StartTime == "" {
		return false
	}
	return StartTime(r.PID) == r.StartTime
}
